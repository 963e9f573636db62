import fc from 'fast-check';
import {
  arbitraryGroups,
  definitionOf,
  graphOf,
  statesOf,
} from '../../__testUtils__/definitions';
import { topologicalRank } from './graph';
import { groupMembers } from './groups';
import { decideRunState, planTasks } from './plan';
import { planOrder, stepsInCircle } from './planOrder';

const group = (no: number, id: string) => ({
  no,
  id,
  retries: 1,
  retryDelayMs: 1_000,
});

it('without groups and finally is the order of the tasks', () => {
  const definition = graphOf('a -> b, c', 'x -> y', 'b, c, y -> d');
  const { rank, mainEnd } = planOrder(definition);
  expect(rank.slice(0, definition.tasks.length)).toStrictEqual([
    ...topologicalRank(definition),
  ]);
  expect(rank[mainEnd]).toBe(definition.tasks.length);
});

it('has each task after those that it depends on, the end of a group between its tasks and what is below, and finally last', () => {
  fc.assert(
    fc.property(arbitraryGroups(), definition => {
      const { tasks, groups } = definition;
      const { rank, mainEnd } = planOrder(definition);
      expect(stepsInCircle(definition)).toBeUndefined();
      const every = [...Array(mainEnd + 1).keys()];
      expect([...rank].sort((a, b) => a - b)).toStrictEqual(every);
      for (const task of tasks) {
        task.upstream.forEach(up =>
          expect(rank[up]).toBeLessThan(rank[task.no]),
        );
        expect(rank[task.no] > rank[mainEnd]).toBe(task.finally === true);
      }
      for (const { no } of groups!.filter(({ retries }) => retries > 0)) {
        const members = groupMembers(definition, no);
        const end = rank[tasks.length + no];
        for (const member of members) {
          expect(rank[member]).toBeLessThan(end);
          tasks[member].downstream
            .filter(below => !members.has(below))
            .forEach(below => expect(rank[below]).toBeGreaterThan(end));
        }
      }
    }),
  );
});

it('has all steps also where two groups wait for each other: the tasks by what they depend on', () => {
  const definition = definitionOf(
    [
      { id: 'last', finally: true },
      { id: 'a', group: 0 },
      { id: 'y', group: 1 },
      { id: 'z', group: 1, after: ['a'] },
      { id: 'b', group: 0, after: ['y'] },
      { id: 'behind', after: ['z'] },
    ],
    { groups: [group(0, 'left'), group(1, 'right')] },
  );
  const { rank } = planOrder(definition);
  const names = [
    ...definition.tasks.map(({ id }) => id),
    'end of left',
    'end of right',
    'end of main',
  ];
  const inOrder = [...names].sort(
    (a, b) => rank[names.indexOf(a)] - rank[names.indexOf(b)],
  );
  expect(inOrder).toStrictEqual([
    'a',
    'y',
    'z',
    'end of right',
    'b',
    'behind',
    'end of left',
    'end of main',
    'last',
  ]);
});

it.each([
  [
    { z: ['a'], b: ['y'] },
    ['end of left', 'z', 'end of right', 'b'],
    ['z', 'b'],
  ],
  [{ z: ['a'], b: [] }, undefined, []],
])(
  'knows groups that wait for each other, in which a run is stuck: %j',
  (after, circle, stuck) => {
    const definition = definitionOf(
      [
        { id: 'a', group: 0 },
        { id: 'y', group: 1 },
        { id: 'z', group: 1, after: after.z },
        { id: 'b', group: 0, after: after.b },
      ],
      { groups: [group(0, 'left'), group(1, 'right')] },
    );
    const names = ['a', 'y', 'z', 'b', 'end of left', 'end of right'];
    const found = stepsInCircle(definition)?.map(step => names[step]);
    expect(found?.at(-1)).toBe(found?.[0]);
    expect(found && new Set(found)).toStrictEqual(circle && new Set(circle));
    const states = statesOf(definition, {
      a: 'success',
      y: 'success',
      ...(circle ? {} : { b: 'success' }),
    });
    expect(planTasks(definition, states)).toHaveLength(circle ? 0 : 1);
    expect(decideRunState(definition, states)).toStrictEqual(
      circle ? { state: 'failed', failedTasks: stuck } : { state: 'running' },
    );
  },
);

it('refuses a cycle', () => {
  expect(() => planOrder(graphOf('a -> b', 'b -> a'))).toThrow('a → b → a');
});
