import { definitionOf } from '../../__testUtils__/definitions';
import {
  ask,
  bounded,
  definition,
  full,
  NOW,
  since,
  type Asked,
} from '../../__testUtils__/why';
import type { WhyCause, WhyCode } from './whyCause';

describe('why a task does not go on', () => {
  it.each<[...Asked, WhyCode[]]>([
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
      'the pool is full',
      'extract',
      { extract: 'scheduled' },
      { pool: full('gpu') },
      ['pool_full'],
    ],
    [
      'there is no such pool',
      'extract',
      { extract: 'scheduled' },
      { pool: { name: 'gpu', used: 0, slots: 0, absent: true } },
      ['pool_absent'],
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
  ])('%s', (...row) => {
    const [, task, states, rest, codes] = row;
    expect(ask(task, states, rest).map(cause => cause.code)).toStrictEqual(
      codes,
    );
  });

  it.each<[...Asked, Partial<WhyCause>]>([
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
      action: {
        label: 'Give pool "gpu" more slots',
        kind: 'open_pool',
        target: 'gpu',
        command: 'maestro pools set gpu 3',
      },
    });
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
});
