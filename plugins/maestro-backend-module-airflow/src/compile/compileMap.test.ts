import { compileMap, withPartialArguments } from './compileMap';
import type { SerializedTask } from './serialized';

const dict = (value: object) => ({ __var: value, __type: 'dict' });
const ref = (value: object) => ({ __var: value, __type: 'xcomref' });
const numbers = { task_id: 'numbers', key: 'return_value' };

function mapped(type: string, value: unknown): SerializedTask {
  return {
    task_id: 't',
    task_type: 'BashOperator',
    _is_mapped: true,
    _expand_input_attr: 'expand_input',
    expand_input: { type, value },
  };
}

describe('what a task is expanded over', () => {
  // As Airflow 3.3 serializes it.
  it.each([
    ['a written list', dict({ x: [1, 2, 3] }), [{ length: 3 }]],
    ['two lists', dict({ x: [1, 2], y: [] }), [{ length: 2 }, { length: 0 }]],
    ['a dictionary', dict({ x: dict({ a: 1, b: 2 }) }), [{ length: 2 }]],
    [
      'what a task hands on',
      dict({ x: ref(numbers) }),
      [{ task: 'numbers', key: 'return_value' }],
    ],
    [
      'a mapped XCom',
      dict({ x: ref({ type: 'map', arg: numbers, callables: ['f'] }) }),
      [{ task: 'numbers', key: 'return_value' }],
    ],
    [
      'zip',
      dict({ x: ref({ type: 'zip', args: [numbers, numbers] }) }),
      [
        {
          zip: [
            { task: 'numbers', key: 'return_value' },
            { task: 'numbers', key: 'return_value' },
          ],
          longest: false,
        },
      ],
    ],
    [
      'zip that is filled up',
      dict({ x: ref({ type: 'zip', args: [numbers], fillvalue: 0 }) }),
      [{ zip: [{ task: 'numbers', key: 'return_value' }], longest: true }],
    ],
    [
      'concat',
      dict({ x: ref({ type: 'concat', args: [numbers] }) }),
      [{ concat: [{ task: 'numbers', key: 'return_value' }] }],
    ],
  ])('%s', (_, value, expected) => {
    expect(compileMap(mapped('dict-of-lists', value))).toEqual(expected);
  });

  it('is one list with expand_kwargs', () => {
    const value = [dict({ x: 1 }), dict({ x: 2 })];
    expect(compileMap(mapped('list-of-dicts', value))).toEqual([{ length: 2 }]);
    expect(compileMap(mapped('list-of-dicts', ref(numbers)))).toEqual([
      { task: 'numbers', key: 'return_value' },
    ]);
  });

  it.each([
    ['a text', dict({ x: 'abc' })],
    [
      'an unknown reference',
      dict({ x: ref({ type: 'shuffle', arg: numbers }) }),
    ],
    ['no dictionary', 7],
  ])('is a problem with %s', (_, value) => {
    expect(compileMap(mapped('dict-of-lists', value))).toEqual({
      problem: expect.any(String),
    });
  });
});

describe('a mapped task', () => {
  it('has the arguments of partial()', () => {
    const task = {
      ...mapped('dict-of-lists', dict({})),
      partial_kwargs: {
        retries: 2,
        retry_delay: { __var: 1.5, __type: 'timedelta' },
      },
    };
    expect(withPartialArguments(task)).toMatchObject({
      task_id: 't',
      retries: 2,
      retry_delay: 1.5,
    });
  });
});
