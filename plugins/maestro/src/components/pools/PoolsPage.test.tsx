import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { Pool } from '@maestro/plugin-maestro-common';
import { NOW } from '../../__testUtils__/fixtures';
import { apiOf, renderPage } from '../../__testUtils__/renderPage';
import { PoolsPage } from './PoolsPage';
import { deleteEffect, slotsEffect } from './poolEffects';

const pool = (name: string, rest: Partial<Pool> = {}): Pool => ({
  name,
  slots: 4,
  used: 0,
  waiting: 0,
  updatedAt: NOW,
  usedBy: [],
  ...rest,
});
const gpu = pool('gpu', { used: 4, waiting: 3, usedBy: ['train'] });

function poolsApi(overrides: Parameters<typeof apiOf>[0] = {}) {
  return apiOf({
    listPools: jest.fn(async () => ({ items: [gpu, pool('spare')] })),
    ...overrides,
  });
}

describe('PoolsPage', () => {
  it('shows how full each pool is, and who waits', async () => {
    renderPage(<PoolsPage />, { api: poolsApi() });
    const meter = await screen.findByRole('meter', {
      name: 'Slots of gpu in use',
    });
    expect(meter).toHaveAttribute('aria-valuetext', '4 of 4');
    expect(screen.getByText('3')).toBeInTheDocument();
  });

  it('invites where there is none', async () => {
    renderPage(<PoolsPage />, {
      api: poolsApi({ listPools: jest.fn(async () => ({ items: [] })) }),
    });
    expect(await screen.findByText('No pools yet')).toBeInTheDocument();
  });

  it('says what more slots do, and gives them', async () => {
    const setPool = jest.fn(async () => gpu);
    renderPage(<PoolsPage />, { api: poolsApi({ setPool }) });
    await userEvent.click(await screen.findByText('gpu'));
    const field = await screen.findByLabelText('Slots');
    await userEvent.clear(field);
    await userEvent.type(field, 'x');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(screen.getByText(/A whole number from 0/)).toBeInTheDocument();
    expect(setPool).not.toHaveBeenCalled();
    await userEvent.clear(field);
    await userEvent.type(field, '6');
    expect(
      screen.getByText('2 tasks of the 3 that wait can start now.'),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(setPool).toHaveBeenCalledWith('gpu', { slots: 6, description: '' });
  });

  it('forces a deletion only after it said who names the pool', async () => {
    const deletePool = jest.fn(async () => {});
    renderPage(<PoolsPage />, { api: poolsApi({ deletePool }) });
    for (const [name, effect] of [
      ['gpu', /Tasks of train name it\. 4 tasks of it run and go on/],
      ['spare', /No task names it/],
    ] as const) {
      await userEvent.click(
        await screen.findByRole('button', { name: `Delete ${name}` }),
      );
      const dialog = await screen.findByRole('dialog');
      expect(within(dialog).getByText(effect)).toBeInTheDocument();
      await userEvent.click(
        within(dialog).getByRole('button', { name: 'Delete' }),
      );
      await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    }
    expect(deletePool.mock.calls).toEqual([
      ['gpu', { force: true }],
      ['spare', { force: false }],
    ]);
  });
});

describe('what slots do', () => {
  it.each<[string, Parameters<typeof slotsEffect>]>([
    [
      'At most one task of it runs at once, over all pipelines.',
      [undefined, 1],
    ],
    ['No task of it starts.', [undefined, 0]],
    ['1 task of the 3 that wait can start now.', [gpu, 5]],
    ['At most 4 tasks of it run at once, over all pipelines.', [gpu, 4]],
    ['4 tasks of it run and go on; none starts until 2 have ended.', [gpu, 3]],
    ['4 tasks of it run and go on; none starts any more.', [gpu, 0]],
  ])('%s', (effect, [of, slots]) => {
    expect(slotsEffect(of, slots)).toBe(effect);
  });

  it('deleting one that only tasks of earlier versions name', () => {
    expect(deleteEffect(pool('old', { waiting: 1 }))).toBe(
      'Tasks name it. Those that wait (1 task now) and all later ones wait until there is a pool of this name again.',
    );
  });
});
