import {
  namedBy,
  problemsIn,
  run,
  type Mistake,
} from '../__testUtils__/entity';

it.each<Mistake>([
  [
    'an item in the list itself',
    { tasks: [{ id: 'a', run, map: { over: '[item, index]' } }] },
    'spec.tasks[0].map.over',
    'uses item and index',
  ],
  [
    'a map of what can be no list',
    { tasks: [{ id: 'a', run, map: { over: 'size(params.list)' } }] },
    'spec.tasks[0].map.over',
    'gives an int, expected a list',
  ],
  [
    'a map over a task that is not upstream',
    {
      tasks: [
        { id: 'list', run },
        { id: 'a', run, map: { over: 'tasks.list.outputs.items' } },
      ],
    },
    'spec.tasks[1].map.over',
    'not upstream of "a"',
  ],
  [
    'a written list that is too long',
    { tasks: [{ id: 'a', run, map: { over: [1, 2, 3], maxItems: 2 } }] },
    'spec.tasks[0].map.over',
    'The list has 3 items, more than maxItems (2)',
  ],
  [
    'more items than there can be',
    { tasks: [{ id: 'a', run, map: { over: '[1]', maxItems: 10001 } }] },
    'spec.tasks[0].map.maxItems',
    '10001',
  ],
  [
    'a mapped branch',
    {
      tasks: [
        { id: 'a', map: { over: '[1]' }, branch: { if: 'true', then: [] } },
      ],
    },
    'spec.tasks[0].map',
    '"map" without "run"',
  ],
])('finds %s', (...row) => {
  expect(problemsIn(row)).toStrictEqual([namedBy(row)]);
});
