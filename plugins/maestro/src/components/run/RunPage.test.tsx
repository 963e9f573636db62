import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MaestroResponseError } from '@maestro/plugin-maestro-common';
import {
  attemptOf,
  detailOf,
  NOW,
  runOf,
  taskOf,
} from '../../__testUtils__/fixtures';
import {
  apiOf,
  currentAddress,
  renderPage,
} from '../../__testUtils__/renderPage';
import { RunPage } from './RunPage';

const LOG = 'first line\n\x1b[31mTraceback\x1b[0m <b>bold</b>\nlast line\n';

function runApi(overrides: Parameters<typeof apiOf>[0] = {}) {
  return apiOf({
    getRun: jest.fn(async () => runOf()),
    listAttempts: jest.fn(async (_runId, taskId) => ({
      items:
        taskId === 'train'
          ? [
              attemptOf('attempt-2a', 1, { message: 'OOM at 1.0 GiB' }),
              attemptOf('attempt-2b', 2, {
                state: 'running',
                result: undefined,
                message: undefined,
                endedAt: undefined,
                logState: 'open',
              }),
            ]
          : [],
    })),
    listOutputs: jest.fn(async () => ({
      items: [
        {
          taskId: 'train',
          mapIndex: -1,
          key: 'auc',
          value: 0.91,
          size: 4,
          createdAt: NOW,
        },
        {
          taskId: 'validate',
          mapIndex: -1,
          key: 'not mine',
          value: 1,
          size: 1,
          createdAt: NOW,
        },
      ],
    })),
    readLog: jest.fn(async () => ({
      text: LOG,
      offset: 0,
      nextOffset: LOG.length,
      size: LOG.length,
      end: true,
    })),
    ...overrides,
  });
}

const renderRun = (api: ReturnType<typeof apiOf>, search = '') =>
  renderPage(<RunPage />, {
    api,
    path: '/maestro/runs/:runId',
    at: `/maestro/runs/run-1${search}`,
  });
const panel = (task: string) =>
  screen.findByRole('region', { name: `Task ${task}` });
/*
 * By role, each button of the page would be named first, and jsdom computes
 * each name from all rules of style: seconds where a page has many.
 */
const IN_BUTTON = { selector: 'button *' };
const button = (text: string) => screen.findByText(text, IN_BUTTON);
const node = (label: string) =>
  screen.findByLabelText(label, { selector: 'button' }, { timeout: 20_000 });

describe('RunPage', () => {
  it('opens with the task that runs, its latest attempt and the log', async () => {
    const api = runApi();
    renderRun(api);
    expect(
      await screen.findByRole('link', { name: 'model_training_pipeline' }),
    ).toBeInTheDocument();
    const train = await panel('train');
    expect(
      await within(train).findByText(/Attempt 2 of 2, try 2 on local/),
    ).toBeInTheDocument();
    expect(await within(train).findByText('last line')).toBeInTheDocument();
    expect(within(train).getByText('complete ✓')).toBeInTheDocument();
    // What a task writes is text.
    expect(within(train).getByText('<b>bold</b>')).toBeInTheDocument();
    expect(api.readLog).toHaveBeenCalledWith(
      'attempt-2b',
      { offset: -262144, limit: 262144 },
      expect.anything(),
    );
  });

  it('draws the graph with the state of each task, and opens one', async () => {
    renderRun(runApi());
    const evaluate = await node('evaluate, not yet');
    expect(
      screen.getByRole('button', { name: 'train, running' }),
    ).toHaveAttribute('aria-pressed', 'true');
    // React Flow turns pointer events off for nodes that it thinks nobody
    // clicks; this click looks at what the styles allow.
    await userEvent.click(evaluate);
    expect(currentAddress()).toBe('/maestro/runs/run-1?task=evaluate');
    expect(
      await within(await panel('evaluate')).findByText(
        /Nothing was started for this task yet/,
      ),
    ).toBeInTheDocument();
    const features = screen.getByRole('button', { name: 'features, success' });
    features.focus();
    await userEvent.keyboard('{Enter}');
    expect(currentAddress()).toBe('/maestro/runs/run-1?task=features');
  });

  it('opens what the address names: task, attempt and tab', async () => {
    renderRun(runApi(), '?task=train&attempt=1&panel=command&tab=params');
    const train = await panel('train');
    expect(
      await within(train).findByText('python train.py --trees 300'),
    ).toBeInTheDocument();
    expect(within(train).getByText(/failed: OOM at 1.0 GiB/)).toBeVisible();
    expect(within(train).getByText('API_KEY')).toBeInTheDocument();
    expect(within(train).getByText('***')).toBeInTheDocument();
    expect(screen.getByText(/"n_estimators": 300/)).toBeInTheDocument();
  });

  it('shows the outputs of the task, not those of others', async () => {
    renderRun(runApi(), '?panel=outputs&tab=list');
    const train = await panel('train');
    expect(await within(train).findByText('auc')).toBeInTheDocument();
    expect(within(train).getByText('0.91')).toBeInTheDocument();
    expect(within(train).queryByText('not mine')).not.toBeInTheDocument();
  });

  it('says why a task waits, and leads to what it waits for', async () => {
    const api = runApi({
      whyNotRunning: jest.fn(async () => ({
        chain: [
          {
            code: 'upstream',
            message: 'evaluate waits for train',
            names: ['train'],
            action: { label: 'Open train', kind: 'task', target: 'train' },
          },
        ],
      })),
    });
    renderRun(api, '?task=evaluate&tab=list');
    expect(
      await screen.findByText(/evaluate waits for train/),
    ).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Open train' })).toHaveAttribute(
      'href',
      '/maestro/runs/run-1?task=train',
    );
  });

  it('cancels after it said what that does', async () => {
    const api = runApi({ cancelRun: jest.fn(async () => runOf()) });
    const { toasts } = renderRun(api, '?tab=list');
    await userEvent.click(await button('Cancel'));
    expect(api.cancelRun).not.toHaveBeenCalled();
    expect(
      screen.getByText(
        'This ends 1 task that runs and keeps 4 tasks from starting. The run fails with the reason "cancelled".',
      ),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByText('Cancel the run', IN_BUTTON));
    expect(api.cancelRun).toHaveBeenCalledWith('run-1', { force: false });
    await waitFor(() => expect(toasts.post).toHaveBeenCalled());
  });

  it('clears what the preview showed, and no more', async () => {
    const clearTasks = jest.fn(async (_runId: string, request: any) => ({
      dryRun: Boolean(request.dryRun),
      tasks: [
        { taskId: 'train', mapIndex: -1, state: 'running' as const },
        ...(request.downstream === false
          ? []
          : [{ taskId: 'evaluate', mapIndex: -1, state: 'none' as const }]),
      ],
    }));
    renderRun(runApi({ clearTasks }), '?task=train&tab=list');
    await userEvent.click(
      within(await panel('train')).getByRole('button', { name: 'Clear…' }),
    );
    const dialog = await screen.findByRole('dialog', { name: 'Clear train' });
    await within(dialog).findByRole('button', {
      name: 'Clear 2 task instances',
    });
    await userEvent.click(
      within(dialog).getByLabelText('And all tasks after it'),
    );
    await userEvent.click(
      await within(dialog).findByRole('button', {
        name: 'Clear 1 task instance',
      }),
    );
    const cleared = clearTasks.mock.calls.filter(
      ([, request]) => !request.dryRun,
    );
    expect(cleared).toEqual([
      [
        'run-1',
        {
          taskIds: ['train'],
          downstream: false,
          upstream: false,
          onlyFailed: false,
          dryRun: false,
        },
      ],
    ]);
  });

  it('keeps the clear dialog open with the reason when it is refused', async () => {
    const clearTasks = jest.fn(async (_runId: string, request: any) => {
      if (!request.dryRun) {
        throw new MaestroResponseError({
          name: 'ConflictError',
          message: 'The run is being cancelled',
          statusCode: 409,
        });
      }
      return {
        dryRun: true,
        tasks: [{ taskId: 'train', mapIndex: -1, state: 'failed' as const }],
      };
    });
    renderRun(runApi({ clearTasks }), '?tab=list');
    const [ofRun] = await screen.findAllByText('Clear…', IN_BUTTON);
    await userEvent.click(ofRun);
    await userEvent.click(await button('Clear 1 task instance'));
    expect(
      await screen.findByText('The run is being cancelled'),
    ).toBeInTheDocument();
  });

  it('runs again with the parameters of the run', async () => {
    const triggerRun = jest.fn(async () => ({
      ...runOf({ runId: 'run-2' }),
      created: true,
    }));
    renderRun(
      runApi({
        getPipeline: jest.fn(async (name: string) => detailOf(name)),
        triggerRun,
      }),
      '?tab=list',
    );
    await button('Run again');
    fireEvent.keyDown(document.body, { key: 'r' });
    expect(await screen.findByLabelText(/Trees/)).toHaveValue(300);
    await userEvent.click(screen.getByText('Start run', IN_BUTTON));
    await waitFor(() => expect(currentAddress()).toBe('/maestro/runs/run-2'));
    expect(triggerRun).toHaveBeenCalledWith(
      'model_training_pipeline',
      expect.objectContaining({ params: { n_estimators: 300 } }),
    );
  });

  it('shows a report in a frame that can do nothing', async () => {
    const api = runApi({
      getRun: jest.fn(async () =>
        runOf({
          reports: [
            {
              taskId: 'validate',
              mapIndex: -1,
              name: 'r.html',
              title: 'Data validation',
              contentType: 'text/html',
              size: 10,
              createdAt: NOW,
            },
          ],
        }),
      ),
      getReport: jest.fn(
        async () =>
          ({ text: async () => '<h1>37 of 38 checks</h1>' } as unknown as Blob),
      ),
    });
    renderRun(api, '?tab=reports');
    // The viewer is loaded when it is needed, which takes a busy machine long.
    const frame = await screen.findByTitle<HTMLIFrameElement>(
      'Data validation',
    );
    expect(frame).toHaveAttribute('sandbox', '');
    expect(frame.getAttribute('srcdoc')).toMatch(
      /Content-Security-Policy.*default-src 'none'.*37 of 38 checks/,
    );
    expect(api.getReport).toHaveBeenCalledWith(
      'run-1',
      'r.html',
      { taskId: 'validate', mapIndex: -1 },
      expect.anything(),
    );
  });

  it('lists alerts with what they are about', async () => {
    renderRun(
      runApi({
        getRun: jest.fn(async () =>
          runOf({
            alertCount: 1,
            alertSeverity: 'critical',
            alerts: [
              {
                at: NOW,
                taskId: 'validate',
                kind: 'drift',
                severity: 'critical',
                message: 'dep_delay drifted',
                values: { ks: 0.21 },
              },
            ],
          }),
        ),
      }),
      '?tab=alerts',
    );
    expect(await screen.findByText('dep_delay drifted')).toBeInTheDocument();
    expect(screen.getByText(/"ks": 0.21/)).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'validate' }));
    expect(currentAddress()).toContain('task=validate');
  });

  it('moves through tasks by keys and opens the log', async () => {
    renderRun(runApi(), '?tab=list');
    await panel('train');
    for (const key of ['j', 'j', 'l']) {
      fireEvent.keyDown(document.body, { key });
    }
    expect(currentAddress()).toBe(
      '/maestro/runs/run-1?tab=list&task=features&panel=log',
    );
  });

  it('shows a cancelled run as that', async () => {
    renderRun(
      runApi({
        getRun: jest.fn(async () =>
          runOf({
            state: 'failed',
            stateReason: 'cancelled',
            endedAt: NOW,
            tasks: [taskOf(0, 'validate', { state: 'failed' })],
          }),
        ),
      }),
      '?tab=list',
    );
    expect((await screen.findAllByText('cancelled')).length).toBeGreaterThan(0);
    expect(screen.queryByText('Cancel', IN_BUTTON)).not.toBeInTheDocument();
  });

  it('says when there is no such run', async () => {
    renderRun(
      runApi({
        getRun: jest.fn(async () => {
          throw new MaestroResponseError({
            name: 'NotFoundError',
            message: 'No run "run-1"',
            statusCode: 404,
          });
        }),
      }),
    );
    expect(
      await screen.findByText('This run could not be read'),
    ).toBeInTheDocument();
    expect(screen.getByText('No run "run-1"')).toBeInTheDocument();
  });

  it("shows a task's own SLA with its verdict, or what is left of it", async () => {
    const run = runOf();
    const definition = {
      ...run.definition,
      tasks: run.definition.tasks.map(task => ({ ...task, slaMs: 3_600_000 })),
    };
    const withTask = (taskId: string, change: object) => ({
      ...run,
      definition,
      tasks: run.tasks.map(task =>
        task.taskId === taskId ? { ...task, ...change } : task,
      ),
    });
    const api = runApi({
      getRun: jest.fn(async () =>
        withTask('train', { slaState: 'missed', readyAt: NOW - 4_000_000 }),
      ),
    });
    renderRun(api, '?task=train');
    const region = await panel('train');
    expect(within(region).getByText('SLA missed')).toBeInTheDocument();
    expect(
      within(region).getByTitle(
        'SLA: done within 1 h 00 m of when it was first ready',
      ),
    ).toBeInTheDocument();
  });

  it('says in header, graph and list that a task missed its SLA', async () => {
    const run = runOf();
    const late = {
      ...run,
      tasks: run.tasks.map(task =>
        task.taskId === 'features'
          ? { ...task, slaState: 'missed' as const }
          : task,
      ),
    };
    renderRun(runApi({ getRun: jest.fn(async () => late) }));
    expect(
      await screen.findByText('1 task missed its SLA'),
    ).toBeInTheDocument();
    expect(await node('features, success, SLA missed')).toBeInTheDocument();
    await userEvent.click(screen.getByRole('tab', { name: 'List' }));
    const row = screen
      .getByText('features', { selector: 'button' })
      .closest<HTMLElement>('tr')!;
    expect(within(row).getByText('SLA missed')).toBeInTheDocument();
    expect(screen.getAllByText('SLA missed')).toHaveLength(1);
  });

  it('does not call a run just green when tasks of it failed', async () => {
    const green = (failed: string[]) =>
      runOf({
        state: 'success',
        endedAt: NOW,
        tasks: runOf().definition.tasks.map(({ no, id }) =>
          taskOf(no, id, { state: failed.includes(id) ? 'failed' : 'success' }),
        ),
      });
    renderRun(
      runApi({ getRun: jest.fn(async () => green(['validate', 'train'])) }),
      '?tab=list',
    );
    expect(
      await screen.findByText('success · 2 tasks failed'),
    ).toBeInTheDocument();
  });

  it('claims no process and no future for what is over', async () => {
    renderRun(
      runApi({
        getRun: jest.fn(async () =>
          runOf({
            state: 'success',
            endedAt: NOW,
            tasks: [taskOf(0, 'validate', { state: 'skipped' })],
          }),
        ),
      }),
      '?tab=params&task=validate',
    );
    expect(
      await screen.findByText(
        'Nothing was started for this task, so there is no log.',
      ),
    ).toBeInTheDocument();
    expect(screen.getByText('data interval').nextSibling).toHaveTextContent(
      /^none$/,
    );
  });

  it('claims no deadline for a task that was tried again', async () => {
    const run = runOf();
    const tasks = run.definition.tasks.map(task => ({
      ...task,
      slaMs: 60_000,
    }));
    renderRun(
      runApi({
        getRun: jest.fn(async () => ({
          ...run,
          definition: { ...run.definition, tasks },
          tasks: run.tasks.map(task => ({
            ...task,
            slaState: 'pending' as const,
            readyAt: NOW,
          })),
        })),
      }),
      '?task=train',
    );
    expect(
      within(await panel('train')).getByText('SLA not due yet'),
    ).toBeInTheDocument();
  });
});
