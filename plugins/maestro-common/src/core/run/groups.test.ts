import { definitionOf, statesOf } from '../../__testUtils__/definitions';
import type { GroupDefinition } from '../pipeline/definition';
import { clearSelection } from './clear';
import { groupState, type GroupRetries } from './groups';
import { decideRunState, planTasks } from './plan';
import type { TaskState } from '../pipeline/states';

const group = (
  no: number,
  id: string,
  more: Partial<GroupDefinition> = {},
): GroupDefinition => ({ no, id, retries: 1, retryDelayMs: 1_000, ...more });

/** [fetch, train] is retried as one; report depends on fetch. */
const definition = definitionOf(
  [
    { id: 'before' },
    { id: 'fetch', after: ['before'], group: 0 },
    { id: 'train', after: ['fetch'], group: 0 },
    { id: 'report', after: ['fetch'], triggerRule: 'all_done' },
  ],
  { groups: [group(0, 'model')] },
);
const used = (n: number): GroupRetries => new Map([[0, n]]);

it('what is below the end of a group is planned from above, whichever task of it was the last', () => {
  const graph = definitionOf(
    [
      { id: 'call', group: 0 },
      { id: 'ask', group: 0 },
      { id: 'use', after: ['call'] },
      { id: 'both', after: ['ask', 'use'] },
    ],
    { groups: [group(0, 'outer')] },
  );
  const states = statesOf(graph, { call: 'failed', ask: 'skipped' });
  const plans = [undefined, [0], [1], [0, 1]].map(changed =>
    planTasks(graph, states, { changed, groupRetries: used(1) }),
  );
  for (const plan of plans) {
    expect(plan.map(({ no, to }) => [no, to])).toEqual([
      [2, 'upstream_failed'],
      [3, 'upstream_failed'],
    ]);
  }
});

describe('what a group is, and what is seen of it', () => {
  it.each<[TaskState, TaskState, GroupRetries, string, string]>([
    // [fetch, train, retries used, group, what report does]
    ['none', 'none', used(0), 'running', 'waits'],
    ['success', 'running', used(0), 'running', 'waits'],
    ['success', 'up_for_retry', used(0), 'running', 'waits'],
    ['failed', 'none', used(0), 'running', 'waits'],
    ['success', 'success', used(0), 'success', 'scheduled'],
    ['success', 'skipped', used(0), 'success', 'scheduled'],
    ['success', 'failed', used(0), 'up_for_retry', 'waits'],
    ['failed', 'upstream_failed', used(0), 'up_for_retry', 'waits'],
    ['success', 'failed', used(1), 'failed', 'scheduled'],
    ['failed', 'upstream_failed', used(1), 'failed', 'scheduled'],
    ['success', 'failed', 'given_up', 'failed', 'scheduled'],
    // Nothing of it failed itself: what is above did.
    ['upstream_failed', 'upstream_failed', used(0), 'failed', 'scheduled'],
    ['skipped', 'skipped', used(0), 'success', 'scheduled'],
  ])(
    'fetch %s, train %s, used %p: %s',
    (fetch, train, retries, state, report) => {
      const states = statesOf(definition, { before: 'success', fetch, train });
      expect(groupState(definition, 0, no => states[no], retries)).toBe(state);
      for (const changed of [undefined, [1], [2]]) {
        const planned = planTasks(definition, states, {
          changed,
          groupRetries: retries,
        }).find(change => change.no === 3);
        // `train` may have to be planned first.
        const expected =
          fetch === 'failed' && train === 'none' ? 'waits' : report;
        expect(planned?.to ?? 'waits').toBe(expected);
      }
    },
  );

  it('a run goes on while a group waits for its retry', () => {
    const states: TaskState[] = ['success', 'success', 'failed', 'none'];
    expect(
      decideRunState(definition, states, { groupRetries: used(0) }),
    ).toStrictEqual({ state: 'running' });
    const over: TaskState[] = ['success', 'success', 'failed', 'success'];
    expect(
      decideRunState(definition, over, { groupRetries: used(0) }),
    ).toStrictEqual({
      state: 'running',
    });
    expect(
      decideRunState(definition, over, { groupRetries: used(1) }),
    ).toStrictEqual({
      state: 'failed',
      failedTasks: ['train'],
    });
  });

  it('finally waits for the retry too', () => {
    const last = definitionOf(
      [
        { id: 'a', group: 0 },
        { id: 'tell', finally: true },
      ],
      { groups: [group(0, 'g')] },
    );
    expect(planTasks(last, ['failed', 'none'])).toStrictEqual([]);
    expect(
      planTasks(last, ['failed', 'none'], { groupRetries: used(1) }),
    ).toHaveLength(1);
  });

  it.each<[TaskState, TaskState, number, number, string, string]>([
    // [a (outer), b (inner), used by outer, by inner, outer, inner]
    ['success', 'failed', 0, 0, 'running', 'up_for_retry'],
    ['success', 'failed', 0, 1, 'up_for_retry', 'failed'],
    ['success', 'failed', 1, 1, 'failed', 'failed'],
    ['failed', 'success', 0, 0, 'up_for_retry', 'success'],
    ['success', 'success', 0, 1, 'success', 'success'],
  ])(
    'a %s, b %s, used %d and %d: outer %s, inner %s',
    (a, b, outerUsed, innerUsed, outer, inner) => {
      const nested = definitionOf(
        [
          { id: 'a', group: 0 },
          { id: 'b', group: 1 },
        ],
        { groups: [group(0, 'outer'), group(1, 'inner', { parent: 0 })] },
      );
      const retries = new Map([
        [0, outerUsed],
        [1, innerUsed],
      ]);
      const state = (no: number) =>
        groupState(nested, no, task => [a, b][task], retries);
      expect([state(0), state(1)]).toStrictEqual([outer, inner]);
    },
  );

  it('a teardown in it is looked through, as at the end of a run', () => {
    const cluster = definitionOf(
      [
        { id: 'create', setup: true, group: 0 },
        { id: 'work', after: ['create'], group: 0 },
        {
          id: 'drop',
          after: ['create', 'work'],
          group: 0,
          teardown: { of: [0] },
          triggerRule: 'all_done_setup_success',
        },
      ],
      { groups: [group(0, 'g')] },
    );
    const state = (...states: TaskState[]) =>
      groupState(cluster, 0, no => states[no]);
    expect(state('success', 'failed', 'none')).toBe('running');
    expect(state('success', 'failed', 'success')).toBe('up_for_retry');
    expect(state('success', 'success', 'failed')).toBe('success');
  });
});

it('a clear takes groups by name', () => {
  const states: TaskState[] = ['success', 'success', 'failed', 'success'];
  expect(
    clearSelection(definition, states, { groupIds: ['model'] }),
  ).toStrictEqual([1, 2]);
  expect(() =>
    clearSelection(definition, states, { groupIds: ['modle'] }),
  ).toThrow('has no group "modle"');
});
