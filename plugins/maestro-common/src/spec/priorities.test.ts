import { cpuTime } from '../__testUtils__/cpuTime';
import { definitionOf } from '../__testUtils__/definitions';
import { weighPriorities, type WeightRule } from './priorities';

/** a → b, c → d, and e alone. */
const diamond = (rule: WeightRule) => {
  const { tasks } = definitionOf([
    { id: 'a', priority: 1 },
    { id: 'b', after: ['a'], priority: 10 },
    { id: 'c', after: ['a'], priority: 100 },
    { id: 'd', after: ['b', 'c'], priority: 1000 },
    { id: 'e', priority: 5 },
  ]);
  weighPriorities(
    tasks,
    tasks.map(() => rule),
  );
  return tasks.map(task => task.priority);
};

describe('weighPriorities', () => {
  it.each<[WeightRule, number[]]>([
    ['absolute', [1, 10, 100, 1000, 5]],
    // Each task once, however many ways lead to it.
    ['downstream', [1111, 1010, 1100, 1000, 5]],
    ['upstream', [1, 11, 101, 1111, 5]],
  ])('%s', (rule, expected) => {
    expect(diamond(rule)).toStrictEqual(expected);
  });

  it('takes the own priorities of the others, whatever their rule', () => {
    const { tasks } = definitionOf([
      { id: 'a', priority: 1 },
      { id: 'b', after: ['a'], priority: 2 },
      { id: 'c', after: ['b'], priority: 3 },
    ]);
    weighPriorities(tasks, ['downstream', 'upstream', 'absolute']);
    expect(tasks.map(task => task.priority)).toStrictEqual([6, 3, 3]);
  });

  it('stays within what the store keeps', () => {
    const { tasks } = definitionOf(
      Array.from({ length: 3000 }, (_, i) => ({
        id: `t${i}`,
        after: i ? [`t${i - 1}`] : [],
        priority: 1_000_000,
      })),
    );
    weighPriorities(
      tasks,
      tasks.map(() => 'downstream'),
    );
    expect(tasks[0].priority).toBe(2_147_483_647);
    expect(tasks[2999].priority).toBe(1_000_000);
  });

  it('weighs a chain of 10,000 in less than two seconds of work', () => {
    const { tasks } = definitionOf(
      Array.from({ length: 10_000 }, (_, i) => ({
        id: `t${i}`,
        after: i ? [`t${i - 1}`] : [],
      })),
    );
    const began = cpuTime();
    weighPriorities(
      tasks,
      tasks.map(() => 'downstream'),
    );
    const spent = cpuTime() - began;
    expect(tasks[0].priority).toBe(10_000);
    expect(spent).toBeLessThan(2_000);
  });
});
