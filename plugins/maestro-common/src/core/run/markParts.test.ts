import { definitionOf } from '../../__testUtils__/definitions';
import { markSelection, type MarkState } from './mark';
import type { TaskState } from '../pipeline/states';

/** prepare → score (of instances) → report; and at last clean, notify. */
const definition = definitionOf([
  { id: 'prepare' },
  { id: 'score', after: ['prepare'] },
  { id: 'report', after: ['score'] },
  { id: 'clean', finally: true },
  { id: 'notify', finally: true, after: ['clean'] },
]);
/** Slots 5, 6, 7 are the instances of score; 8 was taken away. */
const children = new Map([[1, [7, 5, 6, 8]]]);
const states: TaskState[] = [
  'success',
  'failed',
  'upstream_failed',
  'success',
  'running',
  'success',
  'failed',
  'failed',
  'removed',
];

interface Row {
  taskIds: string[];
  mapIndices?: number[];
}

describe('markSelection of instances and finally', () => {
  it.each<[string, Row, MarkState, number[], number[]]>([
    [
      'a mapped task is all its instances, not the task and none that is gone',
      { taskIds: ['score'] },
      'success',
      [6, 7],
      [2, 3],
    ],
    [
      'one instance, by its index',
      { taskIds: ['score'], mapIndices: [0] },
      'skipped',
      [7],
      [2, 3],
    ],
    [
      'to fail one sets nothing off',
      { taskIds: ['prepare', 'score'] },
      'failed',
      [0, 5],
      [],
    ],
    [
      'in the order of the slots, whatever was named first',
      { taskIds: ['report', 'score', 'report'] },
      'success',
      [2, 6, 7],
      [],
    ],
    [
      'of finally only what is over runs again, and nothing that was marked',
      { taskIds: ['score', 'clean'] },
      'skipped',
      [3, 5, 6, 7],
      [2],
    ],
    [
      'what is in finally alone sets nothing off',
      { taskIds: ['clean'] },
      'skipped',
      [3],
      [],
    ],
  ])('%s', (_, { taskIds, mapIndices }, state, marked, reset) => {
    expect(
      markSelection(
        definition,
        states,
        { taskIds, state, mapIndices },
        children,
      ),
    ).toStrictEqual({ marked, reset });
  });

  it('a mapped task whose instances are all gone is marked itself', () => {
    const gone: TaskState[] = ['success', 'failed', 'none', 'none', 'none'];
    expect(
      markSelection(
        definition,
        [...gone, 'removed'],
        { taskIds: ['score'], state: 'success' },
        new Map([[1, [5]]]),
      ),
    ).toStrictEqual({ marked: [1], reset: [] });
  });

  it('instances below that could not run, each of its own', () => {
    const below: TaskState[] = [
      'failed',
      'upstream_failed',
      'none',
      'skipped',
      'none',
      'upstream_failed',
      'success',
      'upstream_failed',
    ];
    expect(
      markSelection(
        definition,
        below,
        { taskIds: ['prepare'], state: 'success' },
        new Map([[1, [7, 5, 6]]]),
      ),
    ).toStrictEqual({ marked: [0], reset: [3, 5, 7] });
  });

  it.each([3, 4])('names instance %d, which the task does not have', index => {
    expect(() =>
      markSelection(
        definition,
        states,
        { taskIds: ['score'], state: 'success', mapIndices: [index] },
        children,
      ),
    ).toThrow(
      `Task "score" has no instance ${index}: it has 0 to 2 in this run`,
    );
  });

  it('not what was removed', () => {
    const removed: TaskState[] = ['removed', 'none', 'none', 'none', 'none'];
    expect(
      markSelection(definition, removed, {
        taskIds: ['prepare'],
        state: 'success',
      }),
    ).toStrictEqual({ marked: [], reset: [] });
  });
});
