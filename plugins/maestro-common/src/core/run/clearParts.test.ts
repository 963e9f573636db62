import { definitionOf } from '../../__testUtils__/definitions';
import { clearSelection, instanceSlots, type ClearOptions } from './clear';
import type { GroupDefinition } from '../pipeline/definition';
import type { TaskState } from '../pipeline/states';

/** prepare → (train of 3 instances, in group model) → report; notify at last. */
const group: GroupDefinition = {
  no: 0,
  id: 'model',
  retries: 0,
  retryDelayMs: 1000,
};
const definition = definitionOf(
  [
    { id: 'prepare' },
    { id: 'train', after: ['prepare'], group: 0 },
    { id: 'report', after: ['train'], group: 0 },
    { id: 'notify', finally: true },
  ],
  { groups: [group] },
);
/** Slots 4, 5, 6 are the instances of train; 7 was taken away. */
const children = new Map([[1, [4, 5, 6, 7]]]);
const states: TaskState[] = [
  'success',
  'failed',
  'upstream_failed',
  'success',
  'success',
  'failed',
  'none',
  'removed',
];

describe('clearSelection of instances, groups and clean-up', () => {
  it.each<[string, ClearOptions, number[]]>([
    ['one instance', { taskIds: ['train'], mapIndices: [0] }, [3, 4]],
    ['two of them', { taskIds: ['train'], mapIndices: [1, 0] }, [3, 4, 5]],
    [
      'one that has not begun leaves nothing to clear',
      { taskIds: ['train'], mapIndices: [2] },
      [],
    ],
    [
      'an instance, and all below as a whole',
      { taskIds: ['train'], mapIndices: [0], downstream: true },
      [2, 3, 4],
    ],
    ['the mapped task as a whole', { taskIds: ['train'] }, [1, 3]],
    [
      'its failed instances only',
      { taskIds: ['train'], onlyFailed: true },
      [3, 5],
    ],
    ['what failed anywhere', { onlyFailed: true }, [2, 3, 5]],
    ['a group', { groupIds: ['model'] }, [1, 2, 3]],
    [
      'a group and what is above',
      { groupIds: ['model'], upstream: true },
      [0, 1, 2, 3],
    ],
    [
      'a group and a task',
      { groupIds: ['model'], taskIds: ['prepare'] },
      [0, 1, 2, 3],
    ],
    ['the clean-up alone', { taskIds: ['notify'] }, [3]],
    ['from what failed', { fromFailed: true }, [2, 3, 5]],
  ])('%s', (_what, options, expected) => {
    expect(clearSelection(definition, states, options, children)).toStrictEqual(
      expected,
    );
  });

  it('does not clear a clean-up that has not begun', () => {
    const early = states.map((state, no) => (no === 3 ? 'none' : state));
    expect(
      clearSelection(definition, early as TaskState[], {
        taskIds: ['prepare'],
      }),
    ).toStrictEqual([0]);
  });

  it.each([
    ['no group of the name', { groupIds: ['nope'] }, 'has no group "nope"'],
    [
      'an index that it does not have',
      { taskIds: ['train'], mapIndices: [4] },
      'Task "train" has no instance 4: it has 0 to 2 in this run',
    ],
    [
      'an instance that was taken away',
      { taskIds: ['train'], mapIndices: [3] },
      'Task "train" has no instance 3: it has 0 to 2 in this run',
    ],
    [
      'an instance of a task without any',
      { taskIds: ['prepare'], mapIndices: [0] },
      'Task "prepare" has no instance 0: it has none in this run',
    ],
  ])('refuses %s', (_what, options, message) => {
    expect(() => clearSelection(definition, states, options, children)).toThrow(
      message,
    );
  });

  it('refuses a group of a pipeline without groups', () => {
    const plain = definitionOf([{ id: 'a' }]);
    expect(() =>
      clearSelection(plain, ['success'], { groupIds: ['model'] }),
    ).toThrow('Pipeline "example" has no group "model"');
  });

  it('finds instances in the order that was asked for', () => {
    expect(
      instanceSlots(definition, 1, states, { children, mapIndices: [2, 0] }),
    ).toStrictEqual([6, 4]);
  });
});
