import { definitionOf, type TaskSketch } from '../../__testUtils__/definitions';
import { ask, full, NOW, onAssets, type Asked } from '../../__testUtils__/why';
import type {
  PipelineDefinition,
  ScheduleDefinition,
} from '../pipeline/definition';
import type { TaskState } from '../pipeline/states';
import { TRIGGER_RULES, type TriggerRule } from '../pipeline/triggerRules';
import type { WaitKind } from '../run/waits';
import { WHY_CODES, type WhyAction, type WhyCode } from './whyCause';

/*
 * Every state in which a task, a run or a pipeline waits, what is named as its
 * cause, and what unblocks it. A row is a state, the facts that decide it, and
 * the cause with its action.
 */

/** The cause at the end of the chain, and the kind of what to do about it. */
type Row = [...Asked, WhyCode, WhyAction['kind'] | undefined];

/** Codes that need nobody: it goes on in a moment, or it is over. */
const NOTHING_TO_DO = new Set<WhyCode>([
  'run_queued',
  'launching',
  'run_finished',
  // A deadline behind a cause, which has the action.
  'queued_timeout',
]);

const one = (sketch: Partial<TaskSketch> = {}, rest = {}) =>
  definitionOf([{ id: 'a', ...sketch }], rest);
const ready: Record<string, TaskState> = { a: 'scheduled' };
const deferred: Record<string, TaskState> = { a: 'deferred' };
const waitsFor = (kind: WaitKind, more = {}) => ({
  waits: [{ kind, what: 'something', since: NOW - 1, looks: 0, ...more }],
});
const queued = (more = {}) => ({
  run: { id: 'r1', state: 'queued' as const, queuedAt: NOW - 1, ...more },
});
const backfill = (more = {}) => ({
  backfill: {
    id: 'b1',
    paused: false,
    activeRuns: { ...full('b1'), used: 0 },
    ...more,
  },
});
const executor = (more = {}) => ({
  executor: { name: 'local', healthy: true, ...more },
});
const refused = {
  refused: [
    {
      executor: 'kubernetes',
      message: 'pods "x" is forbidden: exceeded quota: none',
      since: NOW - 60_000,
      againAt: NOW + 9,
    },
  ],
};
const scheduled = (
  more: Partial<ScheduleDefinition>,
  rest: Partial<PipelineDefinition> = {},
) => ({
  run: undefined,
  definition: definitionOf([{ id: 'a' }], {
    schedules: [{ id: 's', timezone: 'UTC', catchup: false, ...more }],
    ...rest,
  }),
});
const grouped = definitionOf(
  [
    { id: 'create', setup: true },
    { id: 'work', after: ['create'], group: 0 },
    { id: 'load', after: ['work'], group: 0, triggerRule: 'always' },
    { id: 'after', after: ['work'] },
    { id: 'tell', finally: true },
  ],
  { groups: [{ no: 0, id: 'model', retries: 1, retryDelayMs: 1000 }] },
);
const past = (
  more: Partial<TaskSketch>,
  states: Record<string, TaskState>,
) => ({
  definition: definitionOf([
    { id: 'a', dependsOnPast: true, ...more },
    { id: 'b', after: ['a'] },
  ]),
  past: {
    runId: 'r0',
    state: 'running' as const,
    states: new Map(Object.entries(states).map(([id, s]) => [id, [s]])),
  },
});
const mapped = one({ map: { items: [1, 2], maxItems: 9, parallel: 2 } });
const counts = (more: object) =>
  ({
    children: new Map([
      [
        0,
        {
          none: 0,
          scheduled: 0,
          queued: 0,
          running: 0,
          success: 0,
          failed: 0,
          up_for_retry: 0,
          up_for_reschedule: 0,
          deferred: 0,
          skipped: 0,
          upstream_failed: 0,
          removed: 0,
          ...more,
        },
      ],
    ]),
  } as Asked[3]);

/** A state of one upstream task with which a rule is not decided yet. */
const UNDECIDED: Partial<Record<TriggerRule, TaskState>> = {
  all_failed: 'failed',
  all_skipped: 'skipped',
  one_success: 'running',
  one_done: 'running',
};

/** Runs that follow each other. */
const follows = { continuous: { pauseMs: 1_000 } };

// prettier-ignore
const ROWS: Row[] = [
  // A pipeline without a run.
  ['paused', undefined, {}, { run: undefined, paused: true }, 'pipeline_paused', 'unpause'],
  ['no schedule', undefined, {}, { run: undefined }, 'not_scheduled', 'trigger'],
  ['its dates are over', undefined, {}, scheduled({ dates: [NOW - 1] }), 'not_scheduled', 'trigger'],
  ['due later', undefined, {}, { ...scheduled({ everyMs: 60_000 }), nextDueAt: NOW + 9 }, 'next_due', 'trigger'],
  ['runs follow each other, and one goes on', undefined, {}, { ...scheduled(follows), continuous: { scheduleId: 's', active: { runId: 'r0', since: NOW - 9 }, nextAt: NOW } }, 'run_goes_on', 'open_run'],
  ['the pause between two runs', undefined, {}, { ...scheduled(follows), continuous: { scheduleId: 's', ended: { at: NOW - 1, failed: false }, nextAt: NOW + 999 } }, 'pause_between_runs', 'trigger'],
  ['runs follow each other from a start date on', undefined, {}, { ...scheduled({ ...follows, startAt: NOW + 9 }), continuous: { scheduleId: 's', nextAt: NOW + 9 } }, 'next_due', 'trigger'],
  ['runs followed each other until an end date', undefined, {}, { ...scheduled({ ...follows, endAt: NOW - 9 }), continuous: { scheduleId: 's' } }, 'not_scheduled', 'trigger'],
  ['jitter', undefined, {}, { ...scheduled({ everyMs: 60_000, jitterMs: 9_000 }), jittered: { scheduleId: 's', dueAt: NOW - 1, startsAt: NOW + 9 } }, 'jitter', 'trigger'],
  ['a Sunday, due on weekdays', undefined, {}, scheduled({ cron: '0 13 * * *', days: [1, 2, 3, 4, 5] }), 'calendar', 'trigger'],
  ['a day that is left out', undefined, {}, scheduled({ cron: '0 13 * * *', except: ['2025-01-05'] }), 'calendar', 'trigger'],
  ['when did not hold', undefined, {}, { ...scheduled({ cron: '0 * * * *', when: 'vars.go == "1"' }), skippedDue: [{ scheduleId: 's', dueAt: NOW, reason: 'when' }] }, 'gate_closed', 'trigger'],
  ['when could not be told', undefined, {}, { ...scheduled({ cron: '0 * * * *', when: 'vars.go == "1"' }), skippedDue: [{ scheduleId: 's', dueAt: NOW, reason: 'when: no variable "go"' }] }, 'gate_closed', 'trigger'],
  ['overlap: skip', undefined, {}, { ...scheduled({ cron: '0 * * * *' }, { overlap: 'skip' }), skippedDue: [{ scheduleId: 's', dueAt: NOW, reason: 'overlap' }] }, 'overlap_skipped', 'trigger'],
  ['an asset', undefined, {}, { run: undefined, assetSchedules: [onAssets()] }, 'waiting_for_assets', 'open_asset'],
  ['a cool-down', undefined, {}, { run: undefined, assetSchedules: [onAssets({ cooldownUntil: NOW + 1 })] }, 'asset_cooldown', 'wait'],
  ['an event for no partition', undefined, {}, { run: undefined, assetSchedules: [onAssets({ refused: { asset: 'drift', at: NOW, reason: 'no_partition' } })] }, 'asset_partition_refused', 'open_asset'],
  ['a newer build, without a run', undefined, {}, { run: undefined, unknownNeeds: ['task.soon'] }, 'newer_code_needed', 'open_status'],

  // A queued run.
  ['it starts in a moment', undefined, {}, queued(), 'run_queued', undefined],
  ['the run limit', undefined, {}, { ...queued(), activeRuns: { ...full('p'), holders: ['r0'] } }, 'max_active_runs', 'open_run'],
  ['the limit of its backfill', undefined, {}, { ...queued(), ...backfill({ activeRuns: full('b1') }) }, 'backfill_max_active', 'open_run'],
  ['its backfill is paused', undefined, {}, { ...queued(), ...backfill({ paused: true }) }, 'backfill_paused', 'unpause_backfill'],
  ['a run of the same due time', undefined, {}, { ...queued(), ...backfill({ rival: 'r0' }) }, 'same_due_time', 'open_run'],
  ['the limit of the pipeline is not that of a backfill', undefined, {}, { ...queued(), ...backfill(), activeRuns: full('p') }, 'run_queued', undefined],
  ['a scheduler that is behind', undefined, {}, queued({ queuedAt: NOW - 60_000 }), 'scheduler_behind', 'open_status'],
  ['a backfill and a scheduler that is behind', undefined, {}, { ...queued({ queuedAt: NOW - 60_000 }), ...backfill() }, 'scheduler_behind', 'open_status'],
  ['no scheduler', undefined, {}, { ...queued(), noScheduler: true }, 'no_scheduler', 'open_status'],
  ['a newer build', undefined, {}, { ...queued(), unknownNeeds: ['task.soon'] }, 'newer_code_needed', 'open_status'],

  // A run and its tasks, of which the one asked about waits.
  ['the run is being cancelled, and what cleans up waits', undefined, ready, { definition: definitionOf([{ id: 'a' }, { id: 'tell', finally: true }]), run: { id: 'r1', state: 'running', cancelling: { since: NOW } } }, 'run_cancelling', 'wait'],
  ['the run is being cancelled', undefined, ready, { definition: one(), run: { id: 'r1', state: 'running', cancelling: { since: NOW } } }, 'run_cancelling', 'wait'],
  ['the run is over', 'a', {}, { definition: one(), run: { id: 'r1', state: 'failed', reason: 'timeout' } }, 'run_finished', undefined],
  ['a newer build, of a task', 'a', ready, { definition: one(), unknownNeeds: ['task.soon'] }, 'newer_code_needed', 'open_status'],
  ['the pool is full', 'a', ready, { definition: one(), pool: full('gpu') }, 'pool_full', 'open_pool'],
  ['there is no such pool', 'a', ready, { definition: one(), pool: { name: 'gpu', used: 0, slots: 0, absent: true } }, 'pool_absent', 'open_pool'],
  ['the limit of the pipeline', 'a', ready, { definition: one(), activeTasks: full('p') }, 'max_active_tasks', 'open_run'],
  ['the limit of the task', 'a', ready, { definition: one(), activeOfTask: full('maxActive') }, 'max_active_task', 'open_run'],
  ['the limit of the owner', 'a', ready, { definition: one(), owner: full('group:default/ml') }, 'owner_limit', 'open_run'],
  ['map.parallel', 'a', { a: 'running' }, { definition: mapped, ...counts({ scheduled: 1, running: 2 }), mapSlots: full('a') }, 'map_full', 'open_task'],
  ['one instance, and map.parallel', 'a', ready, { definition: mapped, mapIndex: 1, mapSlots: full('a') }, 'map_full', 'open_task'],
  ['the retries of its instances', 'a', { a: 'running' }, { definition: mapped, ...counts({ up_for_retry: 1, success: 1 }) }, 'waiting_for_retry', 'open_task'],
  ['the executor is full', 'a', ready, { definition: one(), ...executor({ slots: full('local') }) }, 'executor_slots_full', 'open_run'],
  ['the executor has not started', 'a', ready, { definition: one(), ...executor({ healthy: false, problem: 'has not started' }) }, 'executor_away', 'open_status'],
  ['no scheduler has the executor', 'a', ready, { definition: one(), ...executor({ healthy: false, absent: true }) }, 'executor_absent', 'open_status'],
  ['no scheduler, of a task', 'a', ready, { definition: one(), ...executor({ healthy: false, absent: true }), noScheduler: true }, 'no_scheduler', 'open_status'],
  ['no scheduler, of a task whose plan is due', 'a', {}, { definition: one(), noScheduler: true }, 'no_scheduler', 'open_status'],
  ['no scheduler, of a retry', 'a', { a: 'up_for_retry' }, { definition: one({ retries: 1 }), retryAt: [NOW + 1], noScheduler: true }, 'no_scheduler', 'open_status'],
  ['no scheduler, of the retries of instances', 'a', { a: 'running' }, { definition: mapped, ...counts({ up_for_retry: 1, success: 1 }), noScheduler: true }, 'no_scheduler', 'open_status'],
  ['no scheduler, of the retry of a group', 'after', { create: 'success', work: 'success', load: 'failed' }, { definition: grouped, groupRetryAt: new Map([[0, NOW + 1]]), noScheduler: true }, 'no_scheduler', 'open_status'],
  ['no scheduler, of a wait', 'a', deferred, { definition: one({ kind: 'wait' }), ...waitsFor('time'), noScheduler: true }, 'no_scheduler', 'open_status'],
  ['no scheduler, of a due time', undefined, {}, { ...scheduled({ cron: '0 4 * * *' }), nextDueAt: NOW + 1, noScheduler: true }, 'no_scheduler', 'open_status'],
  ['no scheduler, of asset events', undefined, {}, { ...scheduled({}), assetSchedules: [onAssets()], noScheduler: true }, 'no_scheduler', 'open_status'],
  ['a schedule that is over', undefined, {}, scheduled({ cron: '0 4 * * *', endAt: NOW - 1 }), 'not_scheduled', 'trigger'],
  ['it starts with the next claim', 'a', ready, { definition: one() }, 'launching', undefined],
  ['the claim looks for an earlier result', 'a', ready, { definition: one({ cache: { ttlMs: 1, version: 1 } }) }, 'launching', undefined],
  ['it is being started', 'a', { a: 'queued' }, { definition: one() }, 'launching', undefined],
  ['it is being started by what does not answer', 'a', { a: 'queued' }, { definition: one(), ...executor({ healthy: false }) }, 'executor_away', 'open_status'],
  ['ready too long, nothing in its way', 'a', ready, { definition: one(), stateSince: [NOW - 60_000] }, 'scheduler_behind', 'open_status'],
  ['a quota refuses it', 'a', { a: 'queued' }, { definition: one(), ...refused }, 'launch_refused', 'wait'],
  ['a quota refuses it, and it may not wait for ever', 'a', { a: 'queued' }, { definition: one({ queuedTimeoutMs: 60_000 }), failsAt: [NOW + 9], ...refused }, 'launch_refused', 'wait'],
  ['no scheduler, of what a quota refused', 'a', { a: 'queued' }, { definition: one(), ...refused, noScheduler: true }, 'no_scheduler', 'open_status'],
  ['queued too long', 'a', { a: 'queued' }, { definition: one({ queuedTimeoutMs: 60_000 }), failsAt: [NOW + 1] }, 'queued_timeout', undefined],
  ['it runs', 'a', { a: 'running' }, { definition: one() }, 'running', 'open_log'],
  ['its retry', 'a', { a: 'up_for_retry' }, { definition: one({ retries: 1 }), retryAt: [NOW + 1] }, 'waiting_for_retry', 'open_log'],
  ['the retry of its group', 'after', { create: 'success', work: 'success', load: 'failed' }, { definition: grouped, groupRetryAt: new Map([[0, NOW + 1]]) }, 'group_up_for_retry', 'wait'],
  ['a group that is not over', 'after', { create: 'success', work: 'success', load: 'running' }, { definition: grouped }, 'waiting_for_group', 'open_task'],
  ['a setup further above', 'load', { create: 'running' }, { definition: grouped }, 'waiting_for_setup', 'open_task'],
  ['the end, for finally', 'tell', { create: 'running' }, { definition: grouped }, 'waiting_for_end', 'open_task'],
  ['dependsOnPast', 'a', {}, past({}, { a: 'running', b: 'none' }), 'waiting_for_past', 'open_run'],
  ['waitForDownstream', 'a', {}, past({ waitForDownstream: true }, { a: 'success', b: 'failed' }), 'waiting_for_past', 'open_run'],
  ['the list that it is mapped over', 'b', { a: 'running' }, { definition: definitionOf([{ id: 'a' }, { id: 'b', after: ['a'], map: { over: 'tasks.a.outputs.files', maxItems: 9 } }]) }, 'map_source', 'open_task'],
  ['an upstream, mapped over something else', 'b', { a: 'running' }, { definition: definitionOf([{ id: 'a' }, { id: 'b', after: ['a'], map: { over: 'params.files', maxItems: 9 } }]) }, 'upstream_running', 'open_task'],
  ['an upstream failed', 'b', { a: 'failed', b: 'upstream_failed' }, { definition: definitionOf([{ id: 'a' }, { id: 'b', after: ['a'] }]) }, 'upstream_failed', 'open_task'],
  ['an upstream was skipped', 'b', { a: 'skipped', b: 'skipped' }, { definition: definitionOf([{ id: 'a' }, { id: 'b', after: ['a'] }]) }, 'upstream_skipped', 'open_task'],
  ['it failed', 'a', { a: 'failed' }, { definition: one() }, 'finished', 'clear'],

  // What holds no slot and no process.
  ...(['time', 'http', 'object', 'run', 'call'] as const).map(
    (kind): Row => [
      `deferred: ${kind}`,
      'a',
      deferred,
      { definition: one({ kind: 'wait' }), ...waitsFor(kind) },
      'waiting_for_event',
      'open_task',
    ],
  ),
  ['deferred: asset', 'a', deferred, { definition: one({ kind: 'wait' }), ...waitsFor('asset', { asset: 'drift' }) }, 'waiting_for_event', 'open_asset'],
  ['deferred: approval', 'a', deferred, { definition: one({ kind: 'approve' }), ...waitsFor('approval') }, 'waiting_for_event', 'approve'],
  ['deferred: a sub-run', 'a', deferred, { definition: one({ kind: 'pipeline' }), ...waitsFor('pipeline', { runId: 'r9' }) }, 'waiting_for_event', 'open_run'],
  ['deferred: a trigger of Airflow', 'a', deferred, { definition: one(), ...waitsFor('trigger') }, 'waiting_for_event', 'open_task'],
  ['deferred: a sub-run that is not there yet', 'a', deferred, { definition: one({ kind: 'pipeline' }), ...waitsFor('pipeline') }, 'waiting_for_event', 'open_task'],
  ['deferred, and its wait is not written yet', 'a', deferred, { definition: one({ kind: 'wait' }) }, 'waiting_for_event', 'open_task'],
  ['up for reschedule', 'a', { a: 'up_for_reschedule' }, { definition: one({ kind: 'wait' }) }, 'waiting_for_event', 'open_task'],
  ['a sensor that looks again later', 'a', { a: 'up_for_reschedule' }, { definition: one(), retryAt: [NOW + 1] }, 'waiting_for_event', 'open_log'],

  // Each trigger rule, with one of two upstream tasks under way.
  ...TRIGGER_RULES.map((triggerRule): Row => {
    const definition = definitionOf([
      { id: 'x' },
      { id: 'y' },
      { id: 'a', after: ['x', 'y'], triggerRule },
    ]);
    const states: Record<string, TaskState> = {
      x: UNDECIDED[triggerRule] ?? 'success',
      y: 'running',
    };
    if (triggerRule === 'always') {
      return [
        'always waits for none',
        'a',
        states,
        { definition },
        'scheduler_behind',
        'open_status',
      ];
    }
    return [
      `trigger rule ${triggerRule}`,
      'a',
      states,
      { definition },
      triggerRule === 'all_success' ? 'upstream_running' : 'rule_not_met',
      'open_task',
    ];
  }),
];

describe('why it is not running: every state, its cause and what unblocks it', () => {
  it.each(ROWS)('%s', (...row) => {
    const [, task, states, facts, code, action] = row;
    const chain = ask(task, states, facts);
    const cause = chain.find(link => link.code === code);
    expect({
      chain: chain.map(link => link.code),
      action: cause?.action?.kind,
    }).toStrictEqual({ chain: expect.arrayContaining([code]), action });
    // What needs nobody is said only where nothing else is in the way.
    expect(action ? code : chain[chain.length - 1].code).toBe(code);
    // One sentence, and whom it is about.
    expect(cause!.message).toMatch(/^\S.* .*\.$/s);
    expect(cause!.names.filter(name => !name)).toStrictEqual([]);
    expect(cause!.names.length).toBeGreaterThan(0);
    const { target, label } = cause!.action ?? { target: 'x', label: 'x' };
    expect([target, label]).not.toContain('');
  });

  it('names every cause that there is in some row', () => {
    const named = new Set(ROWS.map(row => row[4]));
    expect(WHY_CODES.filter(code => !named.has(code))).toStrictEqual([]);
  });

  it('has something to do about every cause but those that pass by themselves', () => {
    const idle = ROWS.filter(row => row[5] === undefined).map(row => row[4]);
    expect(idle.filter(code => !NOTHING_TO_DO.has(code))).toStrictEqual([]);
  });

  it('gives commands that can be pasted', () => {
    const commands = ROWS.flatMap(([, task, states, facts]) =>
      ask(task, states, facts).map(link => link.action?.command),
    ).filter(command => command !== undefined);
    expect([...new Set(commands)].sort()).toStrictEqual([
      'maestro pools set gpu 1',
      'maestro pools set gpu 3',
      'maestro runs cancel r1 --force',
      'maestro runs mark r1 --task a --state success',
      'maestro status',
      'maestro trigger example',
    ]);
  });
});
