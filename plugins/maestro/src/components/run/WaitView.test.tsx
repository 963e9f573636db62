import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { identityApiRef } from '@backstage/core-plugin-api';
import {
  MaestroResponseError,
  type RunDetail,
  type TaskDefinition,
  type Wait,
} from '@maestro/plugin-maestro-common';
import { NOW, runOf, taskOf } from '../../__testUtils__/fixtures';
import { apiOf, renderPage } from '../../__testUtils__/renderPage';
import { RunPage } from './RunPage';

/** A run whose task `train` is of a kind that waits. */
function waitingRun(
  steps: Partial<TaskDefinition>,
  wait: Wait | undefined,
  more: Partial<RunDetail> = {},
): RunDetail {
  const run = runOf(more);
  run.definition.tasks[2] = {
    ...run.definition.tasks[2],
    command: undefined,
    ...steps,
  };
  run.tasks[2] = taskOf(2, 'train', {
    state: wait ? 'deferred' : 'success',
    tryNumber: 1,
    startedAt: NOW - 65_000,
    wait,
  });
  return run;
}

const open = (
  run: RunDetail,
  overrides: Parameters<typeof apiOf>[0] = {},
  ownershipEntityRefs = ['user:default/ada'],
) =>
  renderPage(<RunPage />, {
    api: apiOf({
      getRun: jest.fn(async () => run),
      listAttempts: jest.fn(async () => ({ items: [] })),
      listOutputs: jest.fn(async () => ({ items: [] })),
      ...overrides,
    }),
    path: '/maestro/runs/:runId',
    at: '/maestro/runs/run-1?task=train&tab=list',
    apis: [
      [
        identityApiRef as never,
        {
          getBackstageIdentity: async () => ({
            type: 'user',
            userEntityRef: 'user:default/ada',
            ownershipEntityRefs,
          }),
          getCredentials: async () => ({}),
          getProfileInfo: async () => ({}),
          signOut: async () => {},
        },
      ],
    ],
  });

const panel = () => screen.findByRole('region', { name: 'Task train' });

describe('a task that waits', () => {
  it('says what it waited for as it was, not as its file has it', async () => {
    const run = waitingRun(
      {
        kind: 'http',
        http: {
          method: 'GET',
          url: 'https://${{ vars.host }}/ready',
        } as TaskDefinition['http'],
      },
      undefined,
    );
    run.tasks[2].reason =
      'waited for the answer of GET https://example.org/ready';
    open(run);
    expect(await panel()).toHaveTextContent(
      'What it waited forthe answer of GET https://example.org/ready',
    );
  });

  it('says what for, what the last look found and when it looks again', async () => {
    open(
      waitingRun(
        {
          kind: 'wait',
          wait: {
            http: { method: 'GET', url: 'https://x/ready', status: [200] },
            everyMs: 30_000,
          },
        },
        {
          kind: 'http',
          what: 'GET https://x/ready to answer 200',
          since: NOW - 65_000,
          looks: 2,
          lookedAt: NOW - 5_000,
          answer: 'HTTP 503',
          nextLookAt: NOW + 25_000,
          timeoutAt: NOW + 600_000,
        },
      ),
    );
    const task = within(await panel());
    expect(task.getByText('GET https://x/ready to answer 200')).toBeVisible();
    expect(task.getByText(/\(of 2\): HTTP 503/)).toBeVisible();
    for (const fact of ['Since', 'Last look', 'Next look', 'Gives up']) {
      expect(task.getByText(fact)).toBeVisible();
    }
    expect(task.queryByText(/there is no log/)).toBeNull();
  });

  it('says an instant by the clock of who reads, and what is due now', async () => {
    open(
      waitingRun(
        { kind: 'wait', wait: { forMs: 5_000, everyMs: 30_000 } },
        {
          kind: 'time',
          what: 'the time 2026-11-15T03:00:00.000Z',
          since: NOW - 3_000,
          looks: 0,
          nextLookAt: NOW + 2_000,
        },
      ),
    );
    const task = within(await panel());
    expect(task.queryByText(/T03:00:00/)).toBeNull();
    expect(task.getByText(/^the time .*15 Nov 2026/)).toBeVisible();
    expect(task.getByText('Goes on').nextSibling).toHaveTextContent(/^now$/);
    // It has none while it waits.
    expect(task.queryByText('Outputs')).toBeNull();
  });

  it('is told as past when it is over, and not how to write outputs', async () => {
    open(
      waitingRun(
        { kind: 'wait', wait: { forMs: 5_000, everyMs: 30_000 } },
        undefined,
      ),
    );
    const task = within(await panel());
    expect(task.getByText('What it waited for')).toBeVisible();
    expect(await task.findByText('None.')).toBeVisible();
    expect(task.queryByText(/MAESTRO_OUTPUT/)).toBeNull();
  });

  it('links to the run that it started, and that one back', async () => {
    open(
      waitingRun(
        { kind: 'pipeline', pipeline: { name: 'child', wait: true } },
        {
          kind: 'pipeline',
          what: 'run 0123 of pipeline "child"',
          since: NOW,
          looks: 0,
          runId: 'child-run-12345678',
        },
        {
          subRuns: [
            {
              runId: 'child-run-12345678',
              pipeline: 'child',
              taskId: 'train',
              state: 'running',
            },
          ],
          parent: {
            runId: 'parent-87654321',
            pipeline: 'nightly',
            taskId: 'sub',
            state: 'running',
          },
        },
      ),
    );
    expect(
      within(await panel()).getByRole('link', { name: 'child 12345678' }),
    ).toHaveAttribute('href', '/maestro/runs/child-run-12345678');
    expect(
      screen.getByRole('link', { name: 'nightly 87654321' }),
    ).toHaveAttribute('href', '/maestro/runs/parent-87654321?task=sub');
  });
});

describe('a task that asks people', () => {
  const asks = (question: Partial<NonNullable<Wait['approval']>> = {}) =>
    waitingRun(
      {
        kind: 'approve',
        approve: { message: 'Deploy?', approvers: [], onTimeout: 'fail' },
      },
      {
        kind: 'approval',
        what: 'a decision: Deploy?',
        since: NOW,
        looks: 0,
        approval: { message: 'Deploy version 7?', approvers: [], ...question },
      },
    );
  const decision = async () =>
    within(await screen.findByRole('region', { name: 'Decision' }));

  it('is approved with what was filled in', async () => {
    const decideApproval = jest.fn(async () => runOf());
    open(
      asks({
        input: {
          type: 'object',
          required: ['ticket'],
          properties: { ticket: { type: 'string', title: 'Ticket' } },
        },
      }),
      { decideApproval },
    );
    const form = await decision();
    expect(form.getByText('Deploy version 7?')).toBeVisible();
    // The form is loaded when it is needed, which takes its time.
    const field = await form.findByLabelText(/Ticket/);
    await userEvent.click(form.getByRole('button', { name: 'Approve' }));
    expect(decideApproval).not.toHaveBeenCalled();
    await userEvent.type(field, 'OPS-1');
    await userEvent.click(form.getByRole('button', { name: 'Approve' }));
    await waitFor(() =>
      expect(decideApproval).toHaveBeenCalledWith('run-1', 'train', {
        decision: 'approve',
        input: { ticket: 'OPS-1' },
        since: NOW,
      }),
    );
    expect(
      screen.getByRole('link', { name: /train waits for a decision/ }),
    ).toBeVisible();
  });

  it('is rejected only after it said what that does', async () => {
    const decideApproval = jest.fn(async () => runOf());
    open(asks(), { decideApproval });
    await userEvent.click(
      (await decision()).getByRole('button', { name: 'Reject…' }),
    );
    const dialog = await screen.findByRole('dialog', { name: 'Reject train' });
    expect(dialog).toHaveTextContent('fails without another try');
    expect(decideApproval).not.toHaveBeenCalled();
    await userEvent.click(
      within(dialog).getByRole('button', { name: 'Reject' }),
    );
    await waitFor(() =>
      expect(decideApproval).toHaveBeenCalledWith('run-1', 'train', {
        decision: 'reject',
        since: NOW,
      }),
    );
  });

  describe('and is one of Airflow', () => {
    const asksFor = (
      option: Record<string, unknown>,
      params: Record<string, unknown> = {},
      message = 'Which one?',
    ) => {
      const run = asks({
        answer: true,
        message,
        input: {
          type: 'object',
          required: ['_options', ...Object.keys(params)],
          properties: { _options: { title: 'Option', ...option }, ...params },
        },
      });
      // It has a process before and after, so it is no kind that only waits.
      run.definition.tasks[2] = {
        ...run.definition.tasks[2],
        kind: 'run',
        approve: undefined,
      };
      return run;
    };

    it('has a button for each of few options', async () => {
      const decideApproval = jest.fn(async () => runOf());
      open(
        asksFor(
          { type: 'string', enum: ['Approve', 'Reject'] },
          {},
          'Release flights_v7?\n\nAccuracy is **0.91**.',
        ),
        { decideApproval },
      );
      const form = await decision();
      expect(form.getByText('Release flights_v7?')).toBeVisible();
      // As with Airflow, what is said about it is Markdown.
      expect(form.getByText('0.91').tagName).toBe('STRONG');
      expect(form.queryByRole('button', { name: 'Reject…' })).toBeNull();
      await userEvent.click(form.getByRole('button', { name: 'Reject' }));
      await waitFor(() =>
        expect(decideApproval).toHaveBeenCalledWith('run-1', 'train', {
          decision: 'approve',
          input: { _options: 'Reject' },
          since: NOW,
        }),
      );
    });

    it('sends what was filled in with the option that was pressed', async () => {
      const decideApproval = jest.fn(async () => runOf());
      open(
        asksFor(
          { type: 'string', enum: ['old', 'new'], default: 'new' },
          { percent: { type: 'integer', title: 'Percent' } },
        ),
        { decideApproval },
      );
      const form = await decision();
      const field = await form.findByLabelText(/Percent/);
      expect(form.queryByLabelText(/Option/)).toBeNull();
      await userEvent.click(form.getByRole('button', { name: 'old' }));
      expect(decideApproval).not.toHaveBeenCalled();
      await userEvent.type(field, '5{Enter}');
      expect(decideApproval).not.toHaveBeenCalled();
      await userEvent.click(form.getByRole('button', { name: 'new' }));
      await waitFor(() =>
        expect(decideApproval).toHaveBeenCalledWith('run-1', 'train', {
          decision: 'approve',
          input: { _options: 'new', percent: 5 },
          since: NOW,
        }),
      );
    });

    it('has many options, or several at once, in its form', async () => {
      const decideApproval = jest.fn(async () => runOf());
      open(
        asksFor({
          type: 'array',
          items: { type: 'string', enum: ['a', 'b'] },
          uniqueItems: true,
          default: ['a'],
        }),
        { decideApproval },
      );
      const form = await decision();
      await form.findByText(/Option/);
      await userEvent.click(form.getByRole('button', { name: 'Answer' }));
      await waitFor(() =>
        expect(decideApproval).toHaveBeenCalledWith('run-1', 'train', {
          decision: 'approve',
          input: { _options: ['a'] },
          since: NOW,
        }),
      );
    });
  });

  it('of one instance of a mapped task is answered for it alone', async () => {
    const decideApproval = jest.fn(async () => runOf());
    const wait: Wait = {
      kind: 'approval',
      what: 'a decision: Deploy?',
      since: NOW,
      looks: 0,
      approval: { message: 'Deploy 7?', approvers: [], answer: true },
    };
    const run = waitingRun({ kind: 'run' }, undefined);
    run.definition.tasks[2].map = { over: 'params.list', maxItems: 10 };
    run.tasks[2] = taskOf(2, 'train', {
      state: 'running',
      mapped: { deferred: 2 },
      asking: { count: 2, first: 3 },
    });
    open(run, {
      decideApproval,
      listMapped: jest.fn(async () => ({
        items: [taskOf(2, 'train', { mapIndex: 3, state: 'deferred', wait })],
        counts: { deferred: 2 },
      })),
    });
    await userEvent.click(
      await screen.findByRole('link', { name: /train waits for 2 decisions/ }),
    );
    const form = await decision();
    expect(form.getByText('Deploy 7?')).toBeVisible();
    await userEvent.click(form.getByRole('button', { name: 'Answer' }));
    await waitFor(() =>
      expect(decideApproval).toHaveBeenCalledWith('run-1', 'train', {
        decision: 'approve',
        mapIndex: 3,
        since: NOW,
      }),
    );
  });

  it('is not decided by somebody who is no approver, and says by whom', async () => {
    open(asks({ approvers: ['group:default/ml-team'] }));
    const form = await decision();
    await form.findByText('Decided by ml-team; you are none of them.');
    expect(form.getByRole('button', { name: 'Approve' })).toBeDisabled();
    expect(form.getByRole('button', { name: 'Reject…' })).toBeDisabled();
  });

  it('tells when it asks something else meanwhile, also where that looks the same', async () => {
    const before = asks({ approvers: [] });
    const after = asks({ approvers: [] });
    after.tasks[2].wait!.since += 1_000;
    let isOther = false;
    const getRun = jest.fn(async () => (isOther ? after : before));
    const { toasts } = open(before, {
      getRun,
      decideApproval: jest.fn(async () => {
        isOther = true;
        throw new MaestroResponseError({
          name: 'ConflictError',
          message: 'it asks something else now; look again',
          statusCode: 409,
        });
      }),
    });
    const form = await decision();
    await userEvent.click(form.getByRole('button', { name: 'Approve' }));
    // It is read now and then by itself, too.
    await waitFor(() =>
      expect(toasts.post).toHaveBeenCalledWith({
        title: 'train was not decided',
        description: 'it asks something else now; look again',
        status: 'danger',
      }),
    );
    await waitFor(() => expect(getRun.mock.calls.length).toBeGreaterThan(1));
  });

  it.each(['Approve', 'Reject'])(
    'tells once when somebody else was first and the page does not know yet: %s',
    async deed => {
      const getRun = jest.fn(async () => asks({ approvers: [] }));
      const { toasts } = open(asks({ approvers: [] }), {
        getRun,
        decideApproval: jest.fn(async () => {
          throw new MaestroResponseError({
            name: 'ConflictError',
            message: 'it is success (approved by user:default/bob)',
            statusCode: 409,
          });
        }),
      });
      const form = await decision();
      const button = form.getByRole('button', { name: new RegExp(deed) });
      await userEvent.click(button);
      if (deed === 'Reject') {
        const dialog = within(await screen.findByRole('dialog'));
        await userEvent.click(dialog.getByRole('button', { name: 'Reject' }));
      }
      await waitFor(() =>
        expect(toasts.post.mock.calls).toEqual([
          [
            {
              title: 'train was not decided',
              description: 'it is success (approved by bob)',
              status: 'danger',
            },
          ],
        ]),
      );
      await waitFor(() => expect(getRun.mock.calls.length).toBeGreaterThan(1));
      await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
      await waitFor(() => expect(button).toBeEnabled());
      expect(screen.queryByText(/approved by/)).toBeNull();
      expect(toasts.post).toHaveBeenCalledTimes(1);
    },
  );

  it('says in its place what else stood in the way', async () => {
    const { toasts } = open(asks({ approvers: [] }), {
      decideApproval: jest.fn(async () => {
        throw new MaestroResponseError({
          name: 'ServiceUnavailableError',
          message: 'the database is away',
          statusCode: 503,
        });
      }),
    });
    const form = await decision();
    await userEvent.click(form.getByRole('button', { name: 'Approve' }));
    expect(await form.findByText(/the database is away/)).toBeVisible();
    expect(toasts.post).not.toHaveBeenCalled();
  });
});
