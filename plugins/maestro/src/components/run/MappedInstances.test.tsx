import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { TaskInstance } from '@maestro/plugin-maestro-common';
import { attemptOf, runOf, taskOf } from '../../__testUtils__/fixtures';
import {
  apiOf,
  currentAddress,
  renderPage,
} from '../../__testUtils__/renderPage';
import { RunPage } from './RunPage';

const SIZE = 1_200;
const counts = { success: 1_198, failed: 2 };

const instanceOf = (mapIndex: number): TaskInstance =>
  taskOf(0, 'validate', {
    mapIndex,
    state: mapIndex % 600 === 7 ? 'failed' : 'success',
    item: { name: `file-${mapIndex}` },
    itemSize: 20,
  });

function mappedApi() {
  const run = runOf({ tasks: [] });
  run.definition.tasks[0].map = { over: 'params.list', maxItems: 2_000 };
  run.tasks = [
    taskOf(0, 'validate', { state: 'failed', attempts: 0, mapped: counts }),
  ];
  return apiOf({
    getRun: jest.fn(async () => run),
    listAttempts: jest.fn(async () => ({
      items: [attemptOf('attempt-1', 1)],
    })),
    listOutputs: jest.fn(async () => ({ items: [] })),
    readLog: jest.fn(async () => ({
      text: 'of one item\n',
      offset: 0,
      nextOffset: 12,
      size: 12,
      end: true,
    })),
    clearTasks: jest.fn(async () => ({
      dryRun: true,
      tasks: [{ taskId: 'validate', mapIndex: 7, state: 'failed' as const }],
    })),
    listMapped: jest.fn(async (_run, _task, query = {}) => {
      const { after = -1, limit = 200, state } = query;
      const all = Array.from({ length: SIZE }, (_, i) => instanceOf(i)).filter(
        ({ mapIndex, state: of }) =>
          mapIndex > after && (!state || state === of),
      );
      const items = all.slice(0, limit);
      return {
        items,
        counts,
        next: all.length > limit ? items[limit - 1].mapIndex : undefined,
      };
    }),
  });
}

const renderRun = (api: ReturnType<typeof apiOf>, search: string) =>
  renderPage(<RunPage />, {
    api,
    path: '/maestro/runs/:runId',
    at: `/maestro/runs/run-1${search}`,
  });
const panel = () => screen.findByRole('region', { name: 'Task validate' });
const rowsOf = async () => {
  const list = await within(await panel()).findByRole('list', {
    name: 'Instances of validate',
  });
  await within(list).findAllByRole('listitem');
  return within(list).getAllByRole('listitem');
};

describe('the instances of a mapped task', () => {
  it('are listed with their items, only as many as can be seen', async () => {
    const api = mappedApi();
    renderRun(api, '?task=validate&tab=list');
    const rows = await rowsOf();
    expect(rows.length).toBeLessThan(100);
    expect(rows[0]).toHaveTextContent('[0]');
    expect(rows[0]).toHaveTextContent('{"name":"file-0"}');
    expect(await panel()).toHaveTextContent('1200/1200');
    // The row of the task itself never ran.
    expect(api.listAttempts).not.toHaveBeenCalled();
  });

  it('are found by state, and opened one by one', async () => {
    const api = mappedApi();
    renderRun(api, '?task=validate&tab=list');
    await rowsOf();
    await userEvent.click(
      within(await panel()).getByRole('button', {
        name: 'State of the instances',
      }),
    );
    await userEvent.click(
      await screen.findByRole('option', { name: '2 failed' }),
    );
    await screen.findByText('[607]');
    const rows = await rowsOf();
    expect(rows).toHaveLength(2);
    await userEvent.click(within(rows[0]).getByRole('button'));
    expect(currentAddress()).toContain('map=7');
    expect(
      await screen.findByRole('heading', { name: 'validate [7]' }),
    ).toBeInTheDocument();
    expect(await screen.findByText(/of one item/)).toBeVisible();
    expect(api.listAttempts).toHaveBeenCalledWith(
      'run-1',
      'validate',
      { mapIndex: 7 },
      expect.anything(),
    );
    await userEvent.click(
      screen.getByRole('button', { name: 'All instances' }),
    );
    expect(await rowsOf()).not.toHaveLength(2);
  });

  it('are cleared one by one', async () => {
    const api = mappedApi();
    renderRun(api, '?task=validate&tab=list&map=7');
    await screen.findByRole('heading', { name: 'validate [7]' });
    await userEvent.click(
      within(await panel()).getByRole('button', { name: 'Clear…' }),
    );
    await screen.findByRole('dialog', { name: 'Clear validate [7]' });
    await screen.findByRole('button', { name: 'Clear 1 task instance' });
    expect(api.clearTasks).toHaveBeenCalledWith(
      'run-1',
      expect.objectContaining({ taskIds: ['validate'], mapIndices: [7] }),
      expect.anything(),
    );
  });

  it('are removed when all of it is cleared, which the dialog says', async () => {
    renderRun(mappedApi(), '?task=validate&tab=list');
    await rowsOf();
    await userEvent.click(
      within(await panel()).getByRole('button', { name: 'Clear…' }),
    );
    expect(
      await screen.findByText(/1200 instances are removed/),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByLabelText('Only those that failed'));
    expect(screen.queryByText(/instances are removed/)).toBeNull();
  });

  it('says so when there is no such instance any more', async () => {
    renderRun(mappedApi(), '?task=validate&tab=list&map=5000');
    expect(
      await screen.findByText(/no instance \[5000\] any more/),
    ).toBeInTheDocument();
  });
});
