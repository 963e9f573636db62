import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { apiOf, renderPage } from '../../__testUtils__/renderPage';
import { MaestroPage } from '../layout/MaestroPage';
import { ClearDialog } from './ClearDialog';

const own = { taskId: 'train', mapIndex: -1, state: 'failed' as const };

/** Three tasks in each of two later runs; one earlier run cannot be cleared. */
const clearTasks = () =>
  jest.fn(async (_runId: string, request: any) => ({
    dryRun: Boolean(request.dryRun),
    tasks: [own],
    ...(request.future || request.past
      ? {
          others: [
            ...(request.future
              ? [
                  { runId: 'run-2', tasks: 3 },
                  { runId: 'run-3', tasks: 3 },
                ]
              : []),
            ...(request.past
              ? [{ runId: 'run-0', tasks: 0, reason: 'It is being cancelled' }]
              : []),
          ],
        }
      : {}),
  }));

const open = (fromFailed = false) => {
  const api = apiOf({ clearTasks: clearTasks() });
  const page = renderPage(
    <MaestroPage>
      <ClearDialog
        runId="run-1"
        taskId={fromFailed ? undefined : 'train'}
        fromFailed={fromFailed}
        onClose={() => {}}
      />
    </MaestroPage>,
    { api },
  );
  return { api, ...page };
};

describe('ClearDialog', () => {
  it('says how many task instances in how many runs, before and after', async () => {
    const { api, toasts } = open();
    await userEvent.click(
      await screen.findByLabelText('Also in all later runs'),
    );
    await userEvent.click(
      await screen.findByRole('button', {
        name: 'Clear 7 task instances in 3 runs',
      }),
    );
    await waitFor(() =>
      expect(toasts.post).toHaveBeenCalledWith(
        expect.objectContaining({
          title: 'Cleared 7 task instances in 3 runs',
        }),
      ),
    );
    expect(api.clearTasks).toHaveBeenCalledWith('run-1', {
      taskIds: ['train'],
      downstream: true,
      upstream: false,
      onlyFailed: false,
      future: true,
      dryRun: false,
    });
  });

  it('says which runs cannot be cleared, and why', async () => {
    open();
    await userEvent.click(
      await screen.findByLabelText('Also in all earlier runs'),
    );
    expect(
      await screen.findByText('1 run not: It is being cancelled'),
    ).toBeInTheDocument();
    expect(
      screen.getByRole('button', { name: 'Clear 1 task instance in 1 run' }),
    ).toBeInTheDocument();
  });

  it('re-runs from what failed without further choices', async () => {
    const { api } = open(true);
    await userEvent.click(
      await screen.findByRole('button', { name: 'Re-run 1 task instance' }),
    );
    expect(screen.queryByRole('checkbox')).toBeNull();
    await waitFor(() =>
      expect(api.clearTasks).toHaveBeenCalledWith('run-1', {
        fromFailed: true,
        dryRun: false,
      }),
    );
  });
});
