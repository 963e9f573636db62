import fc from 'fast-check';
import {
  arbitraryDefinition,
  definitionOf,
  graphOf,
  nos,
  statesOf,
} from '../__testUtils__/definitions';
import { countStates } from './mapping';
import { TASK_STATES, type TaskState } from './states';
import type {
  AssetScheduleFacts,
  WhyCause,
  WhyCode,
  WhyFacts,
} from './whyCause';
import { whyNotRunning } from './whyNotRunning';

const NOW = Date.parse('2025-01-05T12:00:00Z');
const definition = graphOf('extract -> train', 'train -> evaluate');
/** Everything that stands over tasks. */
const graph = definitionOf(
  [
    { id: 'create', setup: true },
    { id: 'work', after: ['create'], group: 0 },
    { id: 'load', after: ['work'], group: 0, triggerRule: 'always' },
    { id: 'after', after: ['work'] },
    { id: 'daily', dependsOnPast: true },
    { id: 'tell', finally: true },
  ],
  { groups: [{ no: 0, id: 'model', retries: 1, retryDelayMs: 1000 }] },
);
const full = (name: string) => ({
  name,
  used: 2,
  slots: 2,
  holders: ['other/run/a', 'other/run/b'],
});

function ask(
  task: string | undefined,
  states: Record<string, TaskState>,
  rest: Partial<WhyFacts> = {},
) {
  const of = rest.definition ?? definition;
  return whyNotRunning({
    now: NOW,
    definition: of,
    run: { id: 'r1', state: 'running' },
    taskNo: task === undefined ? undefined : nos(of, task)[0],
    states: statesOf(of, states),
    ...rest,
  }).chain;
}

const bounded = {
  ...definition,
  tasks: definition.tasks.map(task => ({ ...task, queuedTimeoutMs: 600_000 })),
};

const since = (ago: number) => definition.tasks.map(() => NOW - ago);

const onAssets = (more: Partial<AssetScheduleFacts> = {}) => ({
  scheduleId: 'retrain',
  mode: 'all' as const,
  names: ['drift', 'labels'],
  missing: ['drift', 'labels'],
  ...more,
});

describe('whyNotRunning', () => {
  it.each<
    [
      string,
      string | undefined,
      Record<string, TaskState>,
      Partial<WhyFacts>,
      WhyCode[],
    ]
  >([
    [
      'an upstream runs',
      'evaluate',
      { extract: 'success', train: 'running' },
      {},
      ['upstream_running', 'running'],
    ],
    [
      'the chain goes on to the first cause',
      'evaluate',
      { extract: 'up_for_retry' },
      {},
      ['upstream_running', 'upstream_running', 'waiting_for_retry'],
    ],
    [
      'an upstream waits for a full pool',
      'evaluate',
      { extract: 'success', train: 'scheduled' },
      { pool: full('gpu') },
      ['upstream_running', 'pool_full'],
    ],
    [
      'an upstream failed',
      'evaluate',
      {
        extract: 'failed',
        train: 'upstream_failed',
        evaluate: 'upstream_failed',
      },
      {},
      ['upstream_failed', 'upstream_failed', 'finished'],
    ],
    [
      'an upstream was skipped',
      'train',
      { extract: 'skipped', train: 'skipped' },
      {},
      ['upstream_skipped', 'finished'],
    ],
    [
      'it waits for its retry',
      'train',
      { extract: 'success', train: 'up_for_retry' },
      {},
      ['waiting_for_retry'],
    ],
    [
      'it waits for an event',
      'train',
      { extract: 'success', train: 'deferred' },
      {},
      ['waiting_for_event'],
    ],
    [
      'of a mapped task as many instances run as may',
      'extract',
      { extract: 'running' },
      {
        children: new Map([[0, countStates(['running', 'scheduled'])]]),
        mapSlots: full('extract'),
      },
      ['running', 'map_full'],
    ],
    [
      'an instance of a mapped task waits for others of it',
      'extract',
      { extract: 'scheduled' },
      {
        mapIndex: 3,
        children: new Map([[0, countStates(['running', 'scheduled'])]]),
        mapSlots: full('extract'),
      },
      ['map_full'],
    ],
    [
      'all that is left of a mapped task waits for its retry',
      'train',
      { extract: 'success', train: 'running' },
      { children: new Map([[1, countStates(['success', 'up_for_retry'])]]) },
      ['waiting_for_retry'],
    ],
    [
      'instances of a mapped task wait for a full pool',
      'extract',
      { extract: 'running' },
      {
        children: new Map([[0, countStates(['success', 'scheduled'])]]),
        pool: full('gpu'),
      },
      ['running', 'pool_full'],
    ],
    [
      'the pool is full',
      'extract',
      { extract: 'scheduled' },
      { pool: full('gpu') },
      ['pool_full'],
    ],
    [
      'a pool with room is no cause',
      'extract',
      { extract: 'scheduled' },
      { pool: { ...full('gpu'), used: 1 } },
      ['launching'],
    ],
    [
      'maxActiveTasks is reached',
      'extract',
      { extract: 'scheduled' },
      { activeTasks: full('example') },
      ['max_active_tasks'],
    ],
    [
      'the task runs as often over all runs as it may',
      'extract',
      { extract: 'scheduled' },
      { activeOfTask: full('maxActive') },
      ['max_active_task'],
    ],
    [
      'the owner has no slot',
      'extract',
      { extract: 'scheduled' },
      { owner: full('group:default/ml') },
      ['owner_limit'],
    ],
    [
      'a setup far above is not over',
      'load',
      { create: 'running', work: 'success' },
      { definition: graph },
      ['waiting_for_setup', 'running'],
    ],
    [
      'a group is not over',
      'after',
      { create: 'success', work: 'success', load: 'running' },
      { definition: graph },
      ['waiting_for_group', 'running'],
    ],
    [
      'a group is run again later',
      'after',
      { create: 'success', work: 'success', load: 'failed' },
      { definition: graph, groupRetryAt: new Map([[0, NOW + 1000]]) },
      ['group_up_for_retry'],
    ],
    [
      'a group that has no retries left',
      'after',
      { create: 'success', work: 'success', load: 'failed' },
      { definition: graph, groupRetries: new Map([[0, 1]]) },
      ['scheduler_behind'],
    ],
    [
      'it is of finally',
      'tell',
      { create: 'success', work: 'up_for_retry' },
      { definition: graph },
      ['waiting_for_end', 'waiting_for_retry'],
    ],
    [
      'it is of finally, and a group is run again later',
      'tell',
      {
        create: 'success',
        work: 'success',
        load: 'failed',
        after: 'success',
        daily: 'success',
      },
      { definition: graph },
      ['group_up_for_retry'],
    ],
    [
      'the run before holds it',
      'daily',
      {},
      {
        definition: graph,
        past: {
          runId: 'r0',
          state: 'failed',
          states: new Map([['daily', ['failed']]]),
        },
      },
      ['waiting_for_past'],
    ],
    [
      'the run before let it go',
      'daily',
      {},
      {
        definition: graph,
        past: {
          runId: 'r0',
          state: 'success',
          states: new Map([['daily', ['success']]]),
        },
      },
      ['scheduler_behind'],
    ],
    [
      'the executor has no slot',
      'extract',
      { extract: 'scheduled' },
      { executor: { name: 'local', healthy: true, slots: full('local') } },
      ['executor_slots_full'],
    ],
    [
      'the executor is away',
      'extract',
      { extract: 'scheduled' },
      { executor: { name: 'local', healthy: false, slots: full('local') } },
      ['executor_away'],
    ],
    [
      'no scheduler has its executor',
      'extract',
      { extract: 'scheduled' },
      { executor: { name: 'gpu', healthy: false, absent: true } },
      ['executor_absent'],
    ],
    [
      'its pipeline is for a newer build',
      'extract',
      { extract: 'scheduled' },
      { unknownNeeds: ['task.soon'] },
      ['newer_code_needed'],
    ],
    [
      'several limits at once',
      'extract',
      { extract: 'scheduled' },
      { pool: full('gpu'), activeTasks: full('example') },
      ['pool_full', 'max_active_tasks'],
    ],
    [
      'it waits for a slot, and only so long',
      'extract',
      { extract: 'scheduled' },
      {
        definition: bounded,
        failsAt: [NOW + 1000],
        pool: full('gpu'),
      },
      ['pool_full', 'queued_timeout'],
    ],
    [
      'it is being started, and only so long',
      'extract',
      { extract: 'queued' },
      { definition: bounded, failsAt: [NOW + 1000] },
      ['launching', 'queued_timeout'],
    ],
    [
      'it was just made ready',
      'extract',
      { extract: 'scheduled' },
      { stateSince: since(10) },
      ['launching'],
    ],
    [
      'nothing holds it back',
      'extract',
      { extract: 'scheduled' },
      { stateSince: since(60_000) },
      ['scheduler_behind'],
    ],
    ['the plan is due', 'extract', {}, {}, ['scheduler_behind']],
    [
      'it is being started',
      'extract',
      { extract: 'queued' },
      {},
      ['launching'],
    ],
    [
      'it is being started by an executor that is away',
      'extract',
      { extract: 'queued' },
      { executor: { name: 'pods', healthy: false } },
      ['launching', 'executor_away'],
    ],
    ['it runs', 'extract', { extract: 'running' }, {}, ['running']],
    ['it is over', 'extract', { extract: 'success' }, {}, ['finished']],
    [
      'the run is queued behind others',
      'extract',
      {},
      { run: { id: 'r1', state: 'queued' }, activeRuns: full('example') },
      ['run_queued', 'max_active_runs'],
    ],
    [
      'the run is queued, and a paused pipeline is no cause',
      'extract',
      {},
      { run: { id: 'r1', state: 'queued' }, paused: true },
      ['run_queued'],
    ],
    [
      'the run is queued for long and nothing is in its way',
      undefined,
      {},
      { run: { id: 'r1', state: 'queued', queuedAt: NOW - 60_000 } },
      ['run_queued', 'scheduler_behind'],
    ],
    [
      'the run is being cancelled',
      'train',
      { extract: 'running' },
      {
        run: {
          id: 'r1',
          state: 'running',
          cancelling: { since: NOW, by: 'user:default/ada' },
        },
      },
      ['run_cancelling'],
    ],
    [
      'the run is queued',
      undefined,
      {},
      { run: { id: 'r1', state: 'queued' } },
      ['run_queued'],
    ],
    [
      'the run was cancelled',
      'train',
      { extract: 'success' },
      { run: { id: 'r1', state: 'failed', reason: 'cancelled by ana' } },
      ['run_finished'],
    ],
    [
      'a run is asked: its running task',
      undefined,
      { extract: 'success', train: 'running' },
      {},
      ['running'],
    ],
    [
      'a run is asked: its retry',
      undefined,
      { extract: 'up_for_retry' },
      {},
      ['waiting_for_retry'],
    ],
    [
      'a pipeline without a run, due later',
      undefined,
      {},
      { run: undefined, nextDueAt: NOW + 1000 },
      ['next_due'],
    ],
    [
      'a paused pipeline',
      undefined,
      {},
      { run: undefined, paused: true, nextDueAt: NOW + 1000 },
      ['pipeline_paused', 'next_due'],
    ],
    [
      'a pipeline without a schedule',
      undefined,
      {},
      { run: undefined },
      ['not_scheduled'],
    ],
    [
      'a schedule that waits for an event',
      undefined,
      {},
      { run: undefined, assetSchedules: [onAssets()] },
      ['waiting_for_assets'],
    ],
    [
      'a schedule that cools down',
      undefined,
      {},
      {
        run: undefined,
        assetSchedules: [onAssets({ cooldownUntil: NOW + 1 })],
      },
      ['asset_cooldown', 'waiting_for_assets'],
    ],
    [
      'a cool-down that is just over',
      undefined,
      {},
      { run: undefined, assetSchedules: [onAssets({ cooldownUntil: NOW })] },
      ['waiting_for_assets'],
    ],
    [
      'paused, two schedules, one of them due too',
      undefined,
      {},
      {
        run: undefined,
        paused: true,
        nextDueAt: NOW,
        assetSchedules: [onAssets(), onAssets()],
      },
      [
        'pipeline_paused',
        'waiting_for_assets',
        'waiting_for_assets',
        'next_due',
      ],
    ],
  ])('%s', (...row) => {
    const [, task, states, rest, codes] = row;
    expect(ask(task, states, rest).map(cause => cause.code)).toEqual(codes);
  });

  it('names the run before, what of it is not over, and opens it', () => {
    const [cause] = ask(
      'daily',
      {},
      {
        definition: graph,
        past: {
          runId: 'r0',
          state: 'failed',
          states: new Map([['daily', ['success', 'failed']]]),
        },
      },
    );
    expect(cause).toEqual({
      code: 'waiting_for_past',
      message:
        'Task "daily" depends on the run before, r0 (failed), in which "daily" is failed; it starts when that succeeded or was skipped.',
      names: ['r0'],
      action: {
        label: 'Open the run before',
        kind: 'open_run',
        target: 'r0',
      },
    });
  });

  it('speaks in sentences, with names, times and something to do', () => {
    const retryAt = definition.tasks.map(() => NOW + 300_000);
    expect(ask('train', { extract: 'up_for_retry' }, { retryAt })).toEqual([
      {
        code: 'upstream_running',
        message: 'Task "train" waits for "extract".',
        names: ['extract'],
        action: {
          label: 'Open the task',
          kind: 'open_task',
          target: 'extract',
        },
      },
      {
        code: 'waiting_for_retry',
        message:
          'A try of task "extract" failed, the next starts at 2025-01-05T12:05:00.000Z.',
        until: NOW + 300_000,
        names: ['extract'],
        action: { label: 'Open its log', kind: 'open_log', target: 'extract' },
      },
    ]);
    expect(
      ask('extract', { extract: 'scheduled' }, { pool: full('gpu') })[0],
    ).toMatchObject({
      message:
        'Pool "gpu" has 2 slots, 2 in use by "other/run/a" and "other/run/b".',
      names: ['gpu', 'other/run/a', 'other/run/b'],
    });
  });

  it.each<
    [
      string,
      string | undefined,
      Record<string, TaskState>,
      Partial<WhyFacts>,
      Partial<WhyCause>,
    ]
  >([
    [
      'a queued run: who is active',
      undefined,
      {},
      {
        run: { id: 'r1', state: 'queued', queuedAt: NOW },
        activeRuns: full('p'),
      },
      {
        message:
          '2 runs are active and maxActiveRuns is 2: "other/run/a" and "other/run/b".',
        names: ['other/run/a', 'other/run/b'],
        action: {
          label: 'Open the run',
          kind: 'open_run',
          target: 'other/run/a',
        },
      },
    ],
    [
      'a cancel: by whom and since when',
      undefined,
      { extract: 'running' },
      {
        run: {
          id: 'r1',
          state: 'running',
          cancelling: { since: NOW - 5, by: 'user:default/ada' },
        },
      },
      {
        message:
          'The run is being cancelled by user:default/ada: what runs is being ended, and nothing starts any more.',
        since: NOW - 5,
      },
    ],
    [
      'a paused pipeline: by whom and since when',
      undefined,
      {},
      {
        run: undefined,
        paused: true,
        pausedAt: NOW - 5,
        pausedBy: 'user:default/ada',
      },
      {
        message: `Pipeline "${definition.name}" is paused by user:default/ada.`,
        since: NOW - 5,
        action: { label: 'Unpause', kind: 'unpause', target: definition.name },
      },
    ],
    [
      'a retry: which try, why, and when the next starts',
      'extract',
      { extract: 'up_for_retry' },
      {
        failedTry: [{ number: 1, reason: 'exit code 7' }],
        retryAt: [NOW + 60_000],
        stateSince: [NOW - 1_000],
      },
      {
        message: `Try 1 of ${
          definition.tasks[0].retries + 1
        } of task "extract" failed (exit code 7), the next starts at 2025-01-05T12:01:00.000Z.`,
        since: NOW - 1_000,
        until: NOW + 60_000,
      },
    ],
    [
      'an executor that has not started: why',
      'extract',
      { extract: 'scheduled' },
      {
        executor: {
          name: 'pods',
          healthy: false,
          problem: 'no cluster answers',
        },
      },
      {
        message:
          'Executor "pods" cannot launch: no cluster answers. It is tried again by itself.',
        names: ['pods'],
      },
    ],
    [
      'a bounded wait: until when',
      'extract',
      { extract: 'scheduled' },
      { definition: bounded, failsAt: [NOW + 60_000], pool: full('gpu') },
      {
        message:
          'If task "extract" does not run by 2025-01-05T12:01:00.000Z, it fails: its queuedTimeout is 10 min.',
        until: NOW + 60_000,
      },
    ],
  ])('names, numbers and times of %s', (...row) => {
    const [, task, states, rest, cause] = row;
    expect(ask(task, states, rest)).toContainEqual(
      expect.objectContaining(cause),
    );
  });

  it('names the rule that does not hold, and the branch that skipped', () => {
    const branched = definitionOf([
      { id: 'gate', branch: { if: 'x', then: [1], else: [] } },
      { id: 'yes', after: ['gate'] },
      { id: 'any', after: ['yes'], triggerRule: 'one_failed' },
    ]);
    expect(
      ask(
        'any',
        { gate: 'success', yes: 'running' },
        { definition: branched },
      )[0],
    ).toMatchObject({
      code: 'rule_not_met',
      message:
        'The trigger rule one_failed of task "any" does not hold yet, it waits for "yes".',
    });
    expect(
      ask(
        'yes',
        { gate: 'success', yes: 'skipped' },
        { definition: branched },
      )[0],
    ).toMatchObject({
      code: 'upstream_skipped',
      message: 'Task "yes" was skipped: branch "gate" did not follow it.',
    });
  });

  it('names at most a few of many', () => {
    const ids = Array.from({ length: 1000 }, (_, i) => `m${i}`);
    const wide = definitionOf([
      ...ids.map(id => ({ id })),
      { id: 'join', after: ids },
    ]);
    const [cause] = ask('join', {}, { definition: wide });
    expect(cause.message).toBe(
      'Task "join" waits for "m0", "m1", "m2", "m3", "m4" and 995 more.',
    );
    expect(cause.names).toHaveLength(5);
  });

  it('always has an answer, and only about tasks that are there', () => {
    fc.assert(
      fc.property(
        arbitraryDefinition(),
        fc.array(fc.constantFrom<TaskState>(...TASK_STATES), {
          minLength: 14,
          maxLength: 14,
        }),
        fc.nat(),
        fc.constantFrom('queued', 'running', 'success', 'failed' as const),
        (of, states, task, state) => {
          const { chain } = whyNotRunning({
            now: NOW,
            definition: of,
            run: { id: 'r1', state: state as 'running' },
            taskNo: task % of.tasks.length,
            states: states.slice(0, of.tasks.length),
          });
          expect(chain.length).toBeGreaterThan(0);
          expect(chain.length).toBeLessThanOrEqual(of.tasks.length + 1);
          const known = new Set(['r1', ...of.tasks.map(({ id }) => id)]);
          expect(
            chain.flatMap(cause => cause.names).filter(n => !known.has(n)),
          ).toEqual([]);
        },
      ),
    );
  });

  it('names what is missing, what is there, and since when it waits', () => {
    const [cause] = ask(
      undefined,
      {},
      {
        run: undefined,
        assetSchedules: [
          onAssets({ missing: ['labels'], waitingSince: NOW - 60_000 }),
        ],
      },
    );
    expect(cause).toEqual({
      code: 'waiting_for_assets',
      message:
        'Schedule "retrain" waits for a new event of "labels"; "drift" had one.',
      since: NOW - 60_000,
      names: ['labels'],
      action: { label: 'Open the asset', kind: 'open_asset', target: 'labels' },
    });
  });

  it('says when the last event was', () => {
    const [cause] = ask(
      undefined,
      {},
      {
        run: undefined,
        assetSchedules: [onAssets({ mode: 'any', names: ['drift'] })],
        lastAssetEvents: { drift: NOW },
      },
    );
    expect(cause.message).toBe(
      'Schedule "retrain" waits for an event of "drift"; the last one was at 2025-01-05T12:00:00.000Z.',
    );
  });
});
