import {
  namedBy,
  problemsIn,
  run,
  type Mistake,
} from '../__testUtils__/entity';

it.each<Mistake>([
  [
    'an unknown group',
    { groups: [{ id: 'model' }], tasks: [{ id: 'a', run, group: 'modle' }] },
    'spec.tasks[0].group',
    'which does not exist; did you mean "model"?',
    'the id of a group',
  ],
  [
    'groups in each other',
    {
      groups: [
        { id: 'g', parent: 'h' },
        { id: 'h', parent: 'g' },
      ],
      tasks: [{ id: 'a', run, group: 'g' }],
    },
    'spec.groups[0].parent',
    'Groups are in each other: g → h → g',
    'no cycle',
  ],
  [
    'a group that is left and entered again',
    {
      groups: [{ id: 'g', retries: 1 }],
      tasks: [
        { id: 'a', run, group: 'g' },
        { id: 'b', run, dependsOn: ['a'] },
        { id: 'c', run, dependsOn: ['b'], group: 'g' },
      ],
    },
    'spec.groups[0].retries',
    'its task "c" depends on "b", which is outside and waits for the group',
    '"b" in the group',
  ],
  [
    'a teardown outside the group of its setup',
    {
      groups: [{ id: 'g', retries: 1 }],
      tasks: [
        { id: 'a', run, setup: true, group: 'g' },
        { id: 'b', run, teardown: { of: ['a'] } },
      ],
    },
    'spec.tasks[1].teardown.of',
    'are not both in group "g"',
    'in the same group',
  ],
])('finds %s', (...row) => {
  expect(problemsIn(row)).toContainEqual(namedBy(row));
});
