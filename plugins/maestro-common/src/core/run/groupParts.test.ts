import { definitionOf } from '../../__testUtils__/definitions';
import type { GroupDefinition } from '../pipeline/definition';
import {
  GroupViews,
  groupMembers,
  groupsAround,
  innerGroups,
  retriedGroups,
  retriedGroupsOf,
} from './groups';
import { countStates } from './mapping';
import type { TaskState } from '../pipeline/states';

const group = (
  no: number,
  id: string,
  retries: number,
  parent?: number,
): GroupDefinition => ({
  no,
  id,
  retries,
  retryDelayMs: 1000,
  ...(parent === undefined ? {} : { parent }),
});

/** all(2 retries) holds plain(0) and model(1); model holds fit(3). */
const definition = definitionOf(
  [
    { id: 'before' },
    { id: 'in_all', group: 0, after: ['before'] },
    { id: 'in_plain', group: 1, after: ['in_all'] },
    { id: 'in_model', group: 2, after: ['in_plain'] },
    { id: 'in_fit', group: 3, after: ['in_model'] },
    { id: 'behind', after: ['in_fit'] },
  ],
  {
    groups: [
      group(0, 'all', 2),
      group(1, 'plain', 0, 0),
      group(2, 'model', 1, 0),
      group(3, 'fit', 3, 2),
    ],
  },
);

it('knows all tasks of a group, those of groups in it too', () => {
  const members = [0, 1, 2, 3].map(no => [...groupMembers(definition, no)]);
  expect(members).toStrictEqual([[1, 2, 3, 4], [2], [3, 4], [4]]);
});

it('names the groups around, innermost first', () => {
  expect(groupsAround(definition.groups!, 3)).toStrictEqual([3, 2, 0]);
  expect(groupsAround(definition.groups!, undefined)).toStrictEqual([]);
});

it('gives retried groups after those in them, and only those with retries', () => {
  expect(retriedGroups(definition).map(({ id }) => id)).toStrictEqual([
    'fit',
    'model',
    'all',
  ]);
  expect(innerGroups(definition, 0)).toStrictEqual([2, 3]);
  expect(innerGroups(definition, 2)).toStrictEqual([3]);
  expect(innerGroups(definition, 3)).toStrictEqual([]);
  expect(innerGroups(definition, 1)).toStrictEqual([]);
});

it('keeps the order of the file among groups that are beside each other', () => {
  const beside = definitionOf(
    [
      { id: 'a', group: 0 },
      { id: 'b', group: 1 },
    ],
    {
      groups: [group(0, 'zeta', 1), group(1, 'alpha', 1)],
    },
  );
  expect(retriedGroups(beside).map(({ no }) => no)).toStrictEqual([0, 1]);
});

it('names the retried groups of a task, innermost first', () => {
  const of = definition.tasks.map(({ no }) => retriedGroupsOf(definition, no));
  expect(of).toStrictEqual([[], [0], [0], [2, 0], [3, 2, 0], []]);
  expect(retriedGroups(definitionOf([{ id: 'a' }]))).toStrictEqual([]);
});

describe('how a task of a group looks', () => {
  const views = (states: TaskState[], retries = new Map<number, number>()) =>
    new GroupViews(definition, no => states[no], retries);
  const failed: TaskState[] = [
    'success',
    'success',
    'success',
    'success',
    'failed',
    'none',
  ];

  it.each<[string, number, number, TaskState]>([
    ['from outside, while its group has retries', 5, 4, 'up_for_retry'],
    ['from a task of an outer group', 1, 4, 'up_for_retry'],
    ['from its own group', 4, 4, 'failed'],
    ['of no group, from anywhere', 5, 0, 'success'],
    ['that is not over, as it is', 4, 5, 'none'],
  ])('%s', (_what, viewer, task, seen) => {
    expect(views(failed).seenBy(viewer).stateOf(task)).toBe(seen);
  });

  it('hides the counts of instances until its group is over', () => {
    const counts = countStates(['failed', 'failed']);
    const children = new Map([[4, counts]]);
    const instances = (viewer: number, used = new Map<number, number>()) =>
      views(failed, used).seenBy(viewer, children).instancesOf(4);
    expect(instances(5)).toBeUndefined();
    expect(instances(4)).toBe(counts);
    const allUsed = new Map([
      [0, 2],
      [2, 1],
      [3, 3],
    ]);
    expect(instances(5, allUsed)).toBe(counts);
    expect(views(failed).seenBy(4, children).instancesOf(0)).toBeUndefined();
  });

  it('is not over from the plan of a task until the end of its group is seen', () => {
    const states = failed.map((): TaskState => 'success');
    const seen = views(states);
    expect(seen.isOver(3)).toBe(true);
    seen.planned(4);
    expect([0, 2, 3].map(no => seen.isOver(no))).toStrictEqual([
      false,
      false,
      false,
    ]);
    seen.planned(0);
    expect(seen.seeEnd(3)).toBe(true);
    expect([0, 2, 3].map(no => seen.isOver(no))).toStrictEqual([
      false,
      false,
      true,
    ]);
  });

  it('is looked at once until then', () => {
    const states = [...failed];
    const seen = views(states);
    expect(seen.isOver(3)).toBe(false);
    states[4] = 'success';
    expect(seen.isOver(3)).toBe(false);
    expect(seen.seeEnd(3)).toBe(true);
  });

  it('says whether a group waits for its retry', () => {
    expect(views(failed).someWaits()).toBe(true);
    expect(views(failed.map(() => 'success')).someWaits()).toBe(false);
  });
});
