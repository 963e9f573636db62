import { graphOf, nos, statesOf } from '../../__testUtils__/definitions';
import { clearSelection, type ClearOptions } from './clear';
import type { TaskState } from '../pipeline/states';

describe('clearSelection', () => {
  const definition = graphOf('a -> b, c', 'b, c -> d', 'd -> e');
  const states = statesOf(definition, {
    a: 'success',
    b: 'failed',
    c: 'success',
    d: 'upstream_failed',
  });

  it.each<[ClearOptions, string[]]>([
    [{}, ['a', 'b', 'c', 'd']],
    [{ onlyFailed: true }, ['b', 'd']],
    [{ taskIds: ['b'] }, ['b']],
    [{ taskIds: ['b'], downstream: true }, ['b', 'd']],
    [{ taskIds: ['d'], upstream: true }, ['a', 'b', 'c', 'd']],
    [{ taskIds: ['d'], upstream: true, onlyFailed: true }, ['b', 'd']],
    [
      { taskIds: ['c', 'c'], downstream: true, upstream: true },
      ['a', 'c', 'd'],
    ],
    [{ fromFailed: true }, ['b', 'd']],
    [{ fromFailed: true, taskIds: ['a'] }, ['b', 'd']],
    [{ taskIds: [] }, []],
    [{ taskIds: ['e'] }, []],
  ])('%j: %j', (options, expected) => {
    expect(clearSelection(definition, states, options)).toStrictEqual(
      nos(definition, ...expected).sort(),
    );
  });

  it('leaves alone what was removed', () => {
    const removed = statesOf(definition, { a: 'removed', b: 'failed' });
    expect(clearSelection(definition, removed, {})).toStrictEqual([1]);
  });

  it('from what failed on, also what ran behind it', () => {
    const after = statesOf(definition, {
      a: 'failed',
      b: 'success',
      c: 'upstream_failed',
    });
    expect(
      clearSelection(definition, after, { fromFailed: true }),
    ).toStrictEqual(nos(definition, 'a', 'b', 'c'));
  });

  it('a mapped task as a whole where its instances are gone, or it lies below what failed', () => {
    const chain = graphOf('a -> b');
    const children = new Map([[1, [2]]]);
    expect(
      clearSelection(
        chain,
        ['success', 'failed', 'removed'],
        { onlyFailed: true },
        children,
      ),
    ).toStrictEqual([1]);
    expect(
      clearSelection(
        chain,
        ['failed', 'failed', 'failed'],
        { fromFailed: true },
        children,
      ),
    ).toStrictEqual([0, 1]);
  });

  it('does not take a task it does not know for nothing to do', () => {
    expect(() =>
      clearSelection(definition, states, { taskIds: ['x'] }),
    ).toThrow('Pipeline "example" has no task "x"');
  });

  it('never takes a mapped task and one of its instances, also when it is a set-up of what lies below', () => {
    const plain = graphOf('a -> b', 'b -> c');
    const mapped = {
      ...plain,
      tasks: plain.tasks.map(task =>
        task.id === 'a' ? { ...task, setup: true as const } : task,
      ),
    };
    const children = new Map([[0, [3, 4]]]);
    const after: TaskState[] = [
      'failed',
      'upstream_failed',
      'upstream_failed',
      'success',
      'failed',
    ];
    expect(
      clearSelection(mapped, after, { fromFailed: true }, children),
    ).toStrictEqual([1, 2, 4]);
  });
});
