import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { definitionOf, runOf, taskOf } from '../../__testUtils__/fixtures';
import { apiOf, renderPage } from '../../__testUtils__/renderPage';
import { RunPage } from './RunPage';

/** fetch → [train → evaluate] → report, and notify at the end. */
function groupedRun(rest: Partial<ReturnType<typeof runOf>> = {}) {
  const definition = definitionOf([
    'fetch -> train',
    'train -> evaluate',
    'evaluate -> report',
    'notify',
  ]);
  definition.groups = [
    { no: 0, id: 'model', title: 'The model', retries: 1, retryDelayMs: 1000 },
  ];
  definition.tasks[1].group = 0;
  definition.tasks[2].group = 0;
  definition.tasks[4].finally = true;
  const states = ['success', 'failed', 'upstream_failed', 'none', 'none'];
  return runOf({
    definition,
    tasks: definition.tasks.map(({ no, id }) =>
      taskOf(no, id, { state: states[no] as 'success' }),
    ),
    ...rest,
  });
}

const show = (api: ReturnType<typeof apiOf>) =>
  renderPage(<RunPage />, {
    api,
    path: '/maestro/runs/:runId',
    at: '/maestro/runs/run-1',
  });

describe('groups of a run', () => {
  beforeEach(() => window.localStorage.clear());

  it('fold into one node of the graph, and open again', async () => {
    show(apiOf({ getRun: jest.fn(async () => groupedRun()) }));
    await screen.findByRole('button', { name: 'train, failed' });
    expect(
      screen.getByRole('button', { name: 'notify, finally, not yet' }),
    ).toBeInTheDocument();

    fireEvent.click(screen.getByRole('button', { name: 'The model' }));
    const node = await screen.findByRole('button', {
      name: 'model, group, failed',
    });
    expect(screen.queryByRole('button', { name: 'train, failed' })).toBeNull();

    fireEvent.click(node);
    expect(
      await screen.findByRole('button', { name: 'train, failed' }),
    ).toBeInTheDocument();
  });

  it('are cleared as one, after the preview', async () => {
    const clearTasks = jest.fn(async (_runId: string, request: any) => ({
      dryRun: request.dryRun,
      tasks: [
        { taskId: 'train', mapIndex: -1, state: 'failed' as const },
        { taskId: 'evaluate', mapIndex: -1, state: 'upstream_failed' as const },
      ],
    }));
    show(apiOf({ getRun: jest.fn(async () => groupedRun()), clearTasks }));
    fireEvent.click(
      await screen.findByRole('button', { name: 'Clear group model' }),
    );
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByText('Clear group model')).toBeInTheDocument();
    fireEvent.click(
      await within(dialog).findByRole('button', {
        name: 'Clear 2 task instances',
      }),
    );
    await waitFor(() =>
      expect(clearTasks).toHaveBeenCalledWith('run-1', {
        groupIds: ['model'],
        downstream: true,
        upstream: false,
        onlyFailed: false,
        dryRun: false,
      }),
    );
  });
});

describe('the clean-up of a cancelled run', () => {
  it('is ended only after its effect was said', async () => {
    const cancelRun = jest.fn(async () => groupedRun() as never);
    const run = groupedRun({
      state: 'running',
      cancelRequestedAt: 1,
    });
    show(apiOf({ getRun: jest.fn(async () => run), cancelRun }));
    fireEvent.click(
      await screen.findByRole('button', { name: 'End the clean-up…' }),
    );
    const dialog = await screen.findByRole('dialog');
    expect(
      within(dialog).getByText(/keeps 2 tasks from starting/),
    ).toBeInTheDocument();
    fireEvent.click(
      within(dialog).getByRole('button', { name: 'End the clean-up' }),
    );
    await waitFor(() =>
      expect(cancelRun).toHaveBeenCalledWith('run-1', { force: true }),
    );
  });

  it('cannot be ended where there is none, or twice', async () => {
    const run = groupedRun({
      state: 'running',
      cancelRequestedAt: 1,
      cancelForcedAt: 2,
    });
    show(apiOf({ getRun: jest.fn(async () => run) }));
    expect(
      await screen.findByRole('button', { name: 'Cancelling…' }),
    ).toBeDisabled();
  });
});
