import { graphOf, nos, statesOf } from '../__testUtils__/definitions';
import { clearSelection, type ClearOptions } from './clear';

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
    expect(clearSelection(definition, states, options)).toEqual(
      nos(definition, ...expected).sort(),
    );
  });

  it('does not take a task it does not know for nothing to do', () => {
    expect(() =>
      clearSelection(definition, states, { taskIds: ['x'] }),
    ).toThrow('Pipeline "example" has no task "x"');
  });
});
