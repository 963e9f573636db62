import { graphOf, nos, statesOf } from '../../__testUtils__/definitions';
import { markSelection, type MarkState } from './mark';

describe('markSelection', () => {
  const definition = graphOf('a -> b, c', 'b, c -> d', 'd -> e');
  const states = statesOf(definition, {
    a: 'success',
    b: 'failed',
    c: 'success',
    d: 'upstream_failed',
    e: 'upstream_failed',
  });

  it.each<[string[], MarkState, string[], string[]]>([
    [['b'], 'success', ['b'], ['d', 'e']],
    [['b'], 'skipped', ['b'], ['d', 'e']],
    [['a', 'b', 'b'], 'success', ['b'], ['d', 'e']],
    // It has the state already: nothing happens, and nothing below it.
    [['b'], 'failed', [], []],
    [['c'], 'failed', ['c'], []],
    [['d'], 'success', ['d'], ['e']],
    [['d', 'e'], 'success', ['d', 'e'], []],
    [[], 'success', [], []],
  ])('%j as %s: %j, looked at again %j', (taskIds, state, marked, reset) => {
    expect(markSelection(definition, states, { taskIds, state })).toStrictEqual(
      {
        marked: nos(definition, ...marked),
        reset: nos(definition, ...reset),
      },
    );
  });

  it('names a task that does not exist', () => {
    expect(() =>
      markSelection(definition, states, { taskIds: ['x'], state: 'success' }),
    ).toThrow('has no task "x"');
  });
});
