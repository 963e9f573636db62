import {
  definitionOf,
  nos,
  type TaskSketch,
} from '../__testUtils__/definitions';
import { unreachableTasks } from './unreachable';

const base: TaskSketch[] = [
  { id: 'gate', branch: { if: 'true', then: [1], else: [2] } },
  { id: 'yes', after: ['gate'] },
  { id: 'no', after: ['gate'] },
];

describe('unreachableTasks', () => {
  it.each<[string, TaskSketch[], string[]]>([
    ['a plain branch', [], []],
    ['named in neither list', [{ id: 'x', after: ['gate'] }], ['x']],
    [
      'and what needs it',
      [
        { id: 'x', after: ['gate'] },
        { id: 'y', after: ['x'] },
        { id: 'z', after: ['x'], triggerRule: 'all_done' },
      ],
      ['x', 'y'],
    ],
    ['a join of both outcomes', [{ id: 'j', after: ['yes', 'no'] }], ['j']],
    [
      'a join that takes what came',
      [
        {
          id: 'j',
          after: ['yes', 'no'],
          triggerRule: 'none_failed_min_one_success',
        },
      ],
      [],
    ],
    [
      'a task for failures',
      [{ id: 'j', after: ['yes', 'no'], triggerRule: 'one_failed' }],
      [],
    ],
    ['a join below a followed task', [{ id: 'j', after: ['gate', 'yes'] }], []],
  ])('%s', (_, more, expected) => {
    const definition = definitionOf([...base, ...more]);
    expect(unreachableTasks(definition)).toStrictEqual(
      nos(definition, ...expected),
    );
  });
});
