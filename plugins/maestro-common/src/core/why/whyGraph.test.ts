import { definitionOf } from '../../__testUtils__/definitions';
import { ask, graph, NOW, type Asked } from '../../__testUtils__/why';
import type { TaskState } from '../pipeline/states';
import type { WhyCode } from './whyCause';

/** Two setups side by side, and work that runs whatever became of it. */
const setups = definitionOf([
  { id: 'one', setup: true },
  { id: 'two', setup: true },
  { id: 'work', after: ['one', 'two'] },
  { id: 'load', after: ['work'], triggerRule: 'always' },
]);

const retried = { retries: 1, retryDelayMs: 1000 };
/** A group in a group, and one beside them. */
const nested = definitionOf(
  [
    { id: 'first', group: 0 },
    { id: 'inner', group: 1 },
    { id: 'second', group: 0, after: ['first'] },
    { id: 'beside', group: 2 },
    { id: 'after', after: ['first'] },
  ],
  {
    groups: [
      { no: 0, id: 'outer', ...retried },
      { no: 1, id: 'within', parent: 0, ...retried },
      { no: 2, id: 'other', ...retried },
    ],
  },
);
/** Work in a group and work beside it, each below both. */
const crossed = definitionOf(
  [
    { id: 'grouped', group: 0 },
    { id: 'single' },
    { id: 'within', group: 0, after: ['grouped', 'single'] },
    { id: 'without', after: ['grouped', 'single'] },
  ],
  { groups: [{ no: 0, id: 'model', ...retried }] },
);

describe('why a task waits for what stands over tasks', () => {
  it.each<[...Asked, WhyCode[]]>([
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
      'its own group is not over, which is nothing to wait for',
      'within',
      { grouped: 'success', single: 'running' },
      { definition: crossed },
      ['upstream_running', 'running'],
    ],
    [
      'a group is over, another upstream is not',
      'without',
      { grouped: 'success', within: 'success', single: 'running' },
      { definition: crossed },
      ['upstream_running', 'running'],
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
  ])('%s', (...row) => {
    const [, task, states, rest, codes] = row;
    expect(ask(task, states, rest).map(cause => cause.code)).toStrictEqual(
      codes,
    );
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
    expect(cause).toStrictEqual({
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

  it.each<[...Asked, string[]]>([
    [
      'the end: what is open, and behind it what has begun',
      'tell',
      { create: 'success', work: 'success', load: 'success', daily: 'running' },
      { definition: graph },
      [
        'Task "tell" of finally waits until everything before it is over: "after" and "daily".',
        'Task "daily" is running.',
      ],
    ],
    [
      'the end: nothing of it has begun',
      'tell',
      {},
      { definition: graph },
      [
        'Task "tell" of finally waits until everything before it is over: "create", "work", "load", "after" and "daily".',
        'Nothing holds task "create" back, the scheduler has not come to it.',
      ],
    ],
    [
      'setups: both, and behind them the one that has begun',
      'load',
      { two: 'running', work: 'success' },
      { definition: setups },
      [
        'Task "load" works with what "one" and "two" sets up, and waits for it.',
        'Task "two" is running.',
      ],
    ],
    [
      'setups: none has begun',
      'load',
      { work: 'success' },
      { definition: setups },
      [
        'Task "load" works with what "one" and "two" sets up, and waits for it.',
        'Nothing holds task "one" back, the scheduler has not come to it.',
      ],
    ],
    [
      'a group: what is open, and behind it what has begun',
      'after',
      { first: 'success', inner: 'none', second: 'running' },
      { definition: nested },
      [
        'Task "after" waits until the whole group "outer" is over, which is retried as one: "inner" and "second".',
        'Task "second" is running.',
      ],
    ],
    [
      'a group: nothing of what is open has begun',
      'after',
      { first: 'success' },
      { definition: nested },
      [
        'Task "after" waits until the whole group "outer" is over, which is retried as one: "inner" and "second".',
        'Nothing holds task "inner" back, the scheduler has not come to it.',
      ],
    ],
    [
      'a group that another one is retried in',
      'after',
      { first: 'success', inner: 'failed', second: 'success' },
      { definition: nested, groupRetryAt: new Map([[1, NOW]]) },
      [
        'Task "after" waits for group "outer": "within" failed, and all its tasks are run again at 2025-01-05T12:00:00.000Z.',
      ],
    ],
    [
      'a group whose time is not known yet',
      'after',
      { first: 'success', inner: 'success', second: 'failed' },
      { definition: nested },
      [
        'Task "after" waits for group "outer": "outer" failed, and all its tasks are run again later.',
      ],
    ],
    [
      'a group, while one beside it is retried',
      'after',
      { first: 'success', inner: 'running', beside: 'failed' },
      { definition: nested },
      [
        'Task "after" waits until the whole group "outer" is over, which is retried as one: "inner" and "second".',
        'Task "inner" is running.',
      ],
    ],
    [
      'an upstream that is not over itself, before its group',
      'after',
      { first: 'running' },
      { definition: nested },
      [
        expect.stringMatching(/^Task "after" waits for "first"/),
        'Task "first" is running.',
      ],
    ],
  ])('says of %s', (...row) => {
    const [, task, states, rest, messages] = row;
    expect(ask(task, states, rest).map(cause => cause.message)).toStrictEqual(
      messages,
    );
  });

  const before = (states: Record<string, TaskState[]>) => ({
    definition: definitionOf([
      { id: 'a', dependsOnPast: true, waitForDownstream: true },
      { id: 'b', after: ['a'] },
      { id: 'c', after: ['a'] },
    ]),
    past: {
      runId: 'r0',
      state: 'running' as const,
      states: new Map(Object.entries(states)),
    },
  });

  it.each<[string, Record<string, TaskState[]>, string]>([
    [
      'of each task that holds it',
      { a: ['success'], b: ['skipped', 'running'], c: ['failed'] },
      '"b" is running, "c" is failed',
    ],
    [
      'nothing of what was not in it',
      { a: ['removed', 'failed'] },
      '"a" is failed',
    ],
  ])('says of the run before %s', (_, states, words) => {
    expect(ask('a', {}, before(states))[0].message).toBe(
      `Task "a" depends on the run before, r0 (running), in which ${words}; it starts when that succeeded or was skipped.`,
    );
  });
});
