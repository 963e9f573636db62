import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { detailOf, runOf, taskOf } from '../../__testUtils__/fixtures';
import { apiOf, renderPage } from '../../__testUtils__/renderPage';
import { TriggerDialog } from '../actions/TriggerDialog';
import { MaestroPage } from '../layout/MaestroPage';
import { RunPage } from './RunPage';

const hit = {
  runId: '0199c0de-0000-7000-8000-000000000000',
  attemptId: 'a',
  savedMs: 200_000,
};

function cachedRun() {
  const run = runOf();
  const tasks = run.definition.tasks.map(task =>
    task.no === 0 ? { ...task, cache: { ttlMs: 1, version: 1 } } : task,
  );
  const { id } = tasks[0];
  return {
    id,
    run: {
      ...run,
      definition: { ...run.definition, tasks },
      tasks: run.tasks.map(task =>
        task.taskId === id
          ? taskOf(0, id, {
              state: 'success',
              attempts: 0,
              cacheHit: hit,
              reason: `reused from run ${hit.runId}, saved 3 min 20 s`,
            })
          : task,
      ),
    },
  };
}

it('says from which run a result is, shows its outputs, and forgets it after it said what that does', async () => {
  const { id, run } = cachedRun();
  const clearStepCache = jest.fn(async () => ({ removed: 2 }));
  renderPage(<RunPage />, {
    api: apiOf({
      getRun: jest.fn(async () => run),
      listAttempts: jest.fn(async () => ({ items: [] })),
      listOutputs: jest.fn(async () => ({
        items: [
          {
            taskId: id,
            mapIndex: -1,
            key: 'rows',
            value: 17,
            size: 2,
            createdAt: 1,
          },
        ],
      })),
      clearStepCache,
    }),
    path: '/maestro/runs/:runId',
    at: `/maestro/runs/run-1?task=${id}`,
  });
  const panel = await screen.findByRole('region', { name: `Task ${id}` });
  expect(
    await within(panel).findByRole('link', { name: 'run 0199c0de' }),
  ).toHaveAttribute('href', `/maestro/runs/${hit.runId}?task=${id}`);
  expect(panel).toHaveTextContent(/saved 3 m 20 s. Clear it to run it/);
  expect(await within(panel).findByText('rows')).toBeInTheDocument();
  expect(
    await screen.findByRole('button', { name: `${id}, success, reused` }),
  ).toBeInTheDocument();
  fireEvent.click(within(panel).getByText('Forget results…'));
  expect(await screen.findByText(/keep it, with its outputs/)).toBeVisible();
  expect(clearStepCache).not.toHaveBeenCalled();
  fireEvent.click(screen.getByRole('button', { name: 'Forget' }));
  await waitFor(() =>
    expect(clearStepCache).toHaveBeenCalledWith(run.pipeline, { taskId: id }),
  );
});

describe('run without cache', () => {
  const { run } = cachedRun();
  const open = (definition: typeof run.definition) => {
    const triggerRun = jest.fn(async () => ({ ...run, created: true }));
    const dialog = (
      <MaestroPage embedded>
        <TriggerDialog pipeline="p" onClose={() => {}} />
      </MaestroPage>
    );
    renderPage(dialog, {
      api: apiOf({
        getPipeline: jest.fn(async () => ({
          ...detailOf('p'),
          definition: { ...definition, params: undefined },
        })),
        triggerRun,
      }),
      path: '/',
      at: '/',
    });
    return triggerRun;
  };

  it('is offered where a task is cached, and asked for', async () => {
    const triggerRun = open(run.definition);
    fireEvent.click(await screen.findByLabelText(/Run without cache/));
    fireEvent.click(screen.getByRole('button', { name: 'Start run' }));
    await waitFor(() =>
      expect(triggerRun).toHaveBeenCalledWith(
        'p',
        expect.objectContaining({ noCache: true }),
      ),
    );
  });

  it('is not where none is', async () => {
    open(runOf().definition);
    expect(await screen.findByLabelText('Note')).toBeInTheDocument();
    expect(screen.queryByLabelText(/Run without cache/)).toBeNull();
  });
});
