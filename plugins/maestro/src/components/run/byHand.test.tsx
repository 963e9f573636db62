import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MaestroResponseError } from '@maestro/plugin-maestro-common';
import { attemptOf, runOf } from '../../__testUtils__/fixtures';
import {
  apiOf,
  currentAddress,
  renderPage,
} from '../../__testUtils__/renderPage';
import { RunPage } from './RunPage';

const open = (overrides: Parameters<typeof apiOf>[0], search = '') =>
  renderPage(<RunPage />, {
    api: apiOf({
      getRun: jest.fn(async () => runOf()),
      listAttempts: jest.fn(async () => ({ items: [] })),
      listOutputs: jest.fn(async () => ({ items: [] })),
      ...overrides,
    }),
    path: '/maestro/runs/:runId',
    at: `/maestro/runs/run-1${search}`,
  });
const press = async (within_: HTMLElement, name: string | RegExp) =>
  userEvent.click(await within(within_).findByRole('button', { name }));

describe('what people do to a run by hand', () => {
  const marks = () =>
    jest.fn(async (_runId: string, { dryRun, state }: any) => ({
      dryRun: Boolean(dryRun),
      marked: [
        { taskId: 'train', mapIndex: -1, state: 'failed' as const },
        { taskId: 'train', mapIndex: 3, state: 'running' as const },
      ],
      reset:
        state === 'failed'
          ? []
          : [
              {
                taskId: 'evaluate',
                mapIndex: -1,
                state: 'upstream_failed' as const,
              },
            ],
    }));

  it('marks a task after it showed what that does', async () => {
    const markTasks = marks();
    open({ markTasks }, '?task=train&tab=list');
    await press(
      await screen.findByRole('region', { name: 'Task train' }),
      'Mark…',
    );
    const dialog = await screen.findByRole('dialog', { name: 'Mark train' });
    await within(dialog).findByText(/Looked at again.*evaluate/);
    // What is dead has no process.
    expect(within(dialog).getAllByText(/process is ended first/)).toHaveLength(
      1,
    );
    await userEvent.click(within(dialog).getByLabelText('skipped'));
    await waitFor(() =>
      expect(
        within(dialog).getByRole('button', { name: 'Mark skipped' }),
      ).toBeEnabled(),
    );
    await press(dialog, 'Mark skipped');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(
      markTasks.mock.calls.filter(([, request]) => !request.dryRun),
    ).toEqual([
      ['run-1', { taskIds: ['train'], state: 'skipped', dryRun: false }],
    ]);
  });

  it('cannot mark what has the state already', async () => {
    open(
      {
        markTasks: jest.fn(async () => ({
          dryRun: true,
          marked: [],
          reset: [],
        })),
      },
      '?task=train&tab=list',
    );
    await press(
      await screen.findByRole('region', { name: 'Task train' }),
      'Mark…',
    );
    const dialog = await screen.findByRole('dialog', { name: 'Mark train' });
    await within(dialog).findByText('train is success already.');
    expect(
      within(dialog).getByRole('button', { name: 'Mark success' }),
    ).toBeDisabled();
  });

  const finished = () =>
    jest.fn(async () => runOf({ state: 'success', endedAt: 1 }));

  it('deletes a run that is over, and leaves its page', async () => {
    const deleteRun = jest.fn(async () => undefined);
    open({ getRun: finished(), deleteRun });
    await userEvent.click(
      await screen.findByRole('button', { name: 'Delete…' }),
    );
    const dialog = await screen.findByRole('dialog', {
      name: 'Delete this run?',
    });
    expect(deleteRun).not.toHaveBeenCalled();
    await press(dialog, 'Delete for ever');
    await waitFor(() => expect(deleteRun).toHaveBeenCalledWith('run-1'));
    await waitFor(() => expect(currentAddress()).not.toContain('run-1'));
  });

  it('stays with the reason when the deletion is refused', async () => {
    open({
      getRun: finished(),
      deleteRun: jest.fn(async () => {
        throw new MaestroResponseError({
          statusCode: 409,
          name: 'ConflictError',
          message: 'The log of run run-1 is still being stored',
        } as never);
      }),
    });
    await userEvent.click(
      await screen.findByRole('button', { name: 'Delete…' }),
    );
    await press(await screen.findByRole('dialog'), 'Delete for ever');
    await screen.findByText(/still being stored/);
    expect(currentAddress()).toContain('run-1');
  });

  it('offers no deletion while the run goes on', async () => {
    open({});
    await screen.findByRole('button', { name: 'Cancel' });
    expect(screen.queryByRole('button', { name: 'Delete…' })).toBeNull();
  });

  it('says that a log was removed by retention', async () => {
    const readLog = jest.fn();
    open(
      {
        listAttempts: jest.fn(async () => ({
          items: [attemptOf('a-1', 1, { logState: 'removed' })],
        })),
        readLog,
      },
      '?task=train&tab=list',
    );
    await screen.findByText(/removed by the retention/);
    expect(readLog).not.toHaveBeenCalled();
  });
});
