import {
  definitionOf,
  nos,
  type TaskSketch,
} from '../../__testUtils__/definitions';
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
    [
      'all that is below such a join, by number',
      [
        { id: 'end', after: ['after'] },
        { id: 'after', after: ['j'] },
        { id: 'j', after: ['yes', 'no'] },
      ],
      ['end', 'after', 'j'],
    ],
    [
      'what needs one success, below nothing but such tasks',
      [
        { id: 'x', after: ['gate'] },
        {
          id: 'y',
          after: ['x'],
          triggerRule: 'none_failed_min_one_success',
        },
      ],
      ['x', 'y'],
    ],
    [
      'no teardown of what is set up in any case',
      [
        { id: 'setup', setup: true },
        { id: 'x', after: ['gate', 'setup'] },
        { id: 'drop', after: ['x'], teardown: { of: [3] } },
      ],
      ['x'],
    ],
    [
      'a teardown of what is never set up',
      [
        { id: 'setup', setup: true, after: ['gate'] },
        { id: 'drop', after: ['setup'], teardown: { of: [3] } },
      ],
      ['setup', 'drop'],
    ],
    [
      'no teardown that one of its setups needs',
      [
        { id: 'dead', setup: true, after: ['gate'] },
        { id: 'alive', setup: true },
        { id: 'drop', after: ['dead', 'alive'], teardown: { of: [3, 4] } },
      ],
      ['dead'],
    ],
    ['a join below a followed task', [{ id: 'j', after: ['gate', 'yes'] }], []],
  ])('%s', (_, more, expected) => {
    const definition = definitionOf([...base, ...more]);
    expect(unreachableTasks(definition)).toStrictEqual(
      nos(definition, ...expected),
    );
  });
});
