import fc from 'fast-check';
import { cpuTime } from '../../__testUtils__/cpuTime';
import {
  arbitraryDefinition,
  definitionOf,
  graphOf,
  nos,
} from '../../__testUtils__/definitions';
import { findCycle, reachable, topologicalOrder } from './graph';

const SIZE = 10_000;
const ids = Array.from({ length: SIZE }, (_, i) => `t${i}`);

describe('findCycle', () => {
  it.each([
    ['nothing', [], undefined],
    ['a chain', ['a:', 'b:a', 'c:b'], undefined],
    ['a diamond', ['a:', 'b:a', 'c:a', 'd:b,c'], undefined],
    ['itself', ['a:a'], ['a', 'a']],
    ['two', ['a:b', 'b:a'], ['a', 'b', 'a']],
    ['behind an entry', ['x:', 'a:x,c', 'b:a', 'c:b'], ['a', 'b', 'c', 'a']],
    ['an unknown upstream', ['a:ghost'], undefined],
  ])('finds the path: %s', (_, lines, expected) => {
    const tasks = lines.map(line => {
      const [id, after] = line.split(':');
      return { id, dependsOn: after ? after.split(',') : [] };
    });
    expect(findCycle(tasks)).toStrictEqual(expected);
  });

  it('names a real cycle, in the direction of the data', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 3 }), {
          minLength: 8,
          maxLength: 8,
        }),
        upstreams => {
          const tasks = upstreams.map((ups, i) => ({
            id: `${i}`,
            dependsOn: ups.map(String),
          }));
          // The slow way: place what has all its upstreams, until all is.
          const placed = new Set<string>();
          tasks.forEach(() =>
            tasks
              .filter(task => task.dependsOn.every(up => placed.has(up)))
              .forEach(task => placed.add(task.id)),
          );
          const cycle = findCycle(tasks) ?? [];
          expect(cycle.length > 0).toBe(placed.size < tasks.length);
          expect(cycle[0]).toBe(cycle[cycle.length - 1]);
          const wrong = cycle
            .slice(1)
            .filter((id, i) => !tasks[Number(id)].dependsOn.includes(cycle[i]));
          expect(wrong).toStrictEqual([]);
        },
      ),
    );
  });

  it('copes with a cycle of 10,000 tasks', () => {
    const started = cpuTime();
    const cycle = findCycle(
      ids.map((id, i) => ({ id, dependsOn: [ids[(i + 1) % SIZE]] })),
    );
    expect(cycle).toHaveLength(SIZE + 1);
    expect(cpuTime() - started).toBeLessThan(1000);
  });
});

describe('topologicalOrder', () => {
  it('puts every task after its upstreams', () => {
    fc.assert(
      fc.property(arbitraryDefinition({ maxTasks: 30 }), definition => {
        const order = topologicalOrder(definition);
        const position = new Map(order.map((no, i) => [no, i]));
        expect(position.size).toBe(definition.tasks.length);
        for (const task of definition.tasks) {
          for (const no of task.upstream) {
            expect(position.get(no)!).toBeLessThan(position.get(task.no)!);
          }
        }
      }),
    );
  });

  it('takes a chain of 10,000', () => {
    const definition = definitionOf(
      ids.map((id, i) => ({ id, after: i > 0 ? [ids[i - 1]] : [] })),
    );
    const started = cpuTime();
    expect(topologicalOrder(definition)).toStrictEqual(ids.map((_, i) => i));
    expect(reachable(definition, [0], 'downstream').size).toBe(SIZE - 1);
    expect(cpuTime() - started).toBeLessThan(1000);
  });

  it('names the cycle of a definition that nobody validated', () => {
    const definition = definitionOf([
      { id: 'a', after: ['b'] },
      { id: 'b', after: ['a'] },
    ]);
    expect(() => topologicalOrder(definition)).toThrow(
      'Pipeline "example" has a cycle: a → b → a',
    );
  });
});

describe('reachable', () => {
  it('looks at each task once, however many ways lead to it', () => {
    const lines = Array.from({ length: 40 }, (_, i) => [
      `t${i} -> a${i}, b${i}`,
      `a${i}, b${i} -> t${i + 1}`,
    ]).flat();
    const ladder = graphOf(...lines);
    expect(reachable(ladder, [0], 'downstream').size).toBe(
      ladder.tasks.length - 1,
    );
  });

  const definition = graphOf('a -> b, c', 'b, c -> d', 'd -> e', 'x');
  it.each([
    ['b', 'downstream', ['d', 'e']],
    ['a', 'downstream', ['b', 'c', 'd', 'e']],
    ['d', 'upstream', ['a', 'b', 'c']],
    ['x', 'downstream', []],
  ] as const)('from %s %s: %j', (from, direction, expected) => {
    expect(
      [...reachable(definition, nos(definition, from), direction)].sort(),
    ).toStrictEqual(nos(definition, ...expected).sort());
  });
});
