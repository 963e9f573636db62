import {
  namedBy,
  problemsIn,
  run,
  saidOf,
  type Loose,
  type Mistake,
} from '../__testUtils__/entity';

it.each<Mistake>([
  [
    'a mapped group in another',
    {
      groups: [
        { id: 'g', map: { over: '[1]' } },
        { id: 'h', parent: 'g', map: { over: '[1]' } },
      ],
      tasks: [{ id: 'a', run, group: 'h' }],
    },
    'spec.groups[1].map',
    'Groups "h" and "g" are both mapped',
    'a list of pairs',
  ],
  [
    'a mapped group that is retried as a whole',
    {
      groups: [{ id: 'g', retries: 1, map: { over: '[1]' } }],
      tasks: [{ id: 'a', run, group: 'g' }],
    },
    'spec.groups[0].map',
    'Group "g" is mapped and "g" is retried as a whole',
    'retries of the tasks in it',
  ],
  [
    'a mapped task in a mapped group',
    {
      groups: [{ id: 'g', map: { over: '[1]' } }],
      tasks: [{ id: 'a', run, map: { over: '[1]' }, group: 'g' }],
    },
    'spec.tasks[0].map',
    'Task "a" is mapped itself, in group "g" that is mapped',
  ],
  [
    'a wait in a mapped group',
    {
      groups: [{ id: 'g', map: { over: '[1]' } }],
      tasks: [{ id: 'a', wait: { for: 'PT1S' }, group: 'g' }],
    },
    'spec.tasks[0].group',
    'Task "a" cannot be in group "g", which is mapped',
  ],
  [
    'a list of a group that is too long',
    {
      groups: [{ id: 'g', map: { over: [1, 2, 3], maxItems: 2 } }],
      tasks: [{ id: 'a', run, group: 'g' }],
    },
    'spec.groups[0].map.over',
    'The list has 3 items, more than maxItems (2)',
  ],
  [
    'a list from a task that one of the group does not wait for',
    {
      groups: [{ id: 'g', map: { over: 'tasks.list.outputs.items' } }],
      tasks: [
        { id: 'list', run },
        { id: 'a', run, dependsOn: ['list'], group: 'g' },
        { id: 'b', run, group: 'g' },
      ],
    },
    'spec.groups[0].map.over',
    'not upstream of "b"',
  ],
  [
    'a list from a task of the group itself',
    {
      groups: [{ id: 'g', map: { over: 'tasks.a.outputs.items' } }],
      tasks: [
        { id: 'a', run, group: 'g' },
        { id: 'b', run, dependsOn: ['a'], group: 'g' },
      ],
    },
    'spec.groups[0].map.over',
    'outputs of "a", which is in the group',
    'a task before the group',
  ],
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
  expect(problemsIn(row)).toStrictEqual([namedBy(row)]);
});

const tasks = [{ id: 'a', run, group: 'g' }];
const outside = (id: string) =>
  `Group "g" cannot be retried as a whole: its task "z" depends on "${id}", which is outside and waits for the group (expected "${id}" in the group, or no way out of the group and back)`;

const direction =
  '(expected a way from group to group in one direction only, or retries of the tasks instead of all but one of these groups)';

it.each<[string, Loose, string[]]>([
  // [what, spec, what is said of it]
  [
    'one id for two groups',
    { groups: [{ id: 'g' }, { id: 'g' }, { id: 'h', parent: 'g' }], tasks },
    [
      'spec.groups[1].id: Group id "g" is used twice (expected an id of its own for each group)',
      'warning: spec.groups[2]: Group "h" has no tasks',
    ],
  ],
  [
    'a group in one that is not there',
    { groups: [{ id: 'model' }, { id: 'g', parent: 'modle' }], tasks },
    [
      'spec.groups[1].parent: Group "g" is in "modle", which does not exist; did you mean "model"? (expected the id of a group)',
      'warning: spec.groups[0]: Group "model" has no tasks',
    ],
  ],
  [
    'groups in each other, behind others',
    {
      groups: [{ id: 'g' }, { id: 'h', parent: 'i' }, { id: 'i', parent: 'h' }],
      tasks,
    },
    [
      'spec.groups[1].parent: Groups are in each other: h → i → h (expected no cycle)',
    ],
  ],
  [
    'a group that is entered again a long way off',
    {
      groups: [{ id: 'g', retries: 1 }],
      tasks: [
        ...tasks,
        { id: 'b', run, dependsOn: ['a'] },
        { id: 'c', run, dependsOn: ['b'] },
        { id: 'd', run, dependsOn: ['b', 'c'] },
        { id: 'z', run, dependsOn: ['d'], group: 'g' },
      ],
    },
    [`spec.groups[0].retries: ${outside('d')}`],
  ],
  [
    'a group that is left by a group in it',
    {
      groups: [
        { id: 'h' },
        { id: 'g', retries: 1 },
        { id: 'i', parent: 'g' },
        { id: 'j', parent: 'i' },
      ],
      tasks: [
        { id: 'x', run, group: 'h' },
        { id: 'a', run, group: 'j' },
        { id: 'b', run, dependsOn: ['a'], group: 'h' },
        { id: 'z', run, dependsOn: ['b'], group: 'g' },
      ],
    },
    [`spec.groups[1].retries: ${outside('b')}`],
  ],
  [
    'a group that is left by a teardown',
    {
      groups: [{ id: 'g', retries: 1 }],
      tasks: [
        { id: 'a', run, group: 'g', setup: true },
        { id: 't', run, teardown: { of: ['a'] }, dependsOn: ['s'] },
        { id: 's', run },
        { id: 'z', run, dependsOn: ['t'], group: 'g' },
      ],
    },
    [`spec.groups[0].retries: ${outside('t')}`],
  ],
  [
    'a setup outside the group of its teardown',
    {
      groups: [{ id: 'g', retries: 1 }],
      tasks: [
        ...tasks,
        { id: 's', run, setup: true },
        { id: 'o', run, setup: true, group: 'g' },
        {
          id: 't',
          run,
          teardown: { of: ['o', 's'] },
          dependsOn: ['a'],
          group: 'g',
        },
      ],
    },
    [
      'spec.tasks[3].teardown.of: "s" and its teardown "t" are not both in group "g", which is retried as a whole (expected setup and teardown in the same group)',
    ],
  ],
  [
    'two retried groups that wait for each other',
    {
      groups: [
        { id: 'left', retries: 1 },
        { id: 'right', retries: 1 },
      ],
      tasks: [
        { id: 'a', run, group: 'left' },
        { id: 'y', run, group: 'right' },
        { id: 'z', run, dependsOn: ['a'], group: 'right' },
        { id: 'b', run, dependsOn: ['y'], group: 'left' },
      ],
    },
    [
      `spec.groups[0].retries: Groups "left" and "right" are retried as wholes and wait for each other: end of group "left" → "z" → end of group "right" → "b" → end of group "left" ${direction}`,
    ],
  ],
  [
    'three of them, by way of a group in one and of others',
    {
      groups: [
        { id: 'plain' },
        { id: 'g', retries: 1 },
        { id: 'h', retries: 1 },
        { id: 'inner', parent: 'h' },
        { id: 'i', retries: 1 },
      ],
      tasks: [
        { id: 'g1', run, group: 'g' },
        { id: 'h1', run, group: 'inner' },
        { id: 'i1', run, group: 'i' },
        { id: 'between', run, dependsOn: ['g1'], group: 'plain' },
        { id: 'h2', run, dependsOn: ['between'], group: 'inner' },
        { id: 'i2', run, dependsOn: ['h1'], group: 'i' },
        { id: 'g2', run, dependsOn: ['i1'], group: 'g' },
      ],
    },
    [
      `spec.groups[1].retries: Groups "g", "h" and "i" are retried as wholes and wait for each other: end of group "g" → "between" → "h2" → end of group "h" → "i2" → end of group "i" → "g2" → end of group "g" ${direction}`,
    ],
  ],
  [
    'a retried group with a task that waits for nobody',
    {
      groups: [{ id: 'g', retries: 1 }],
      tasks: [{ id: 'a', run, group: 'g', dependsOn: ['nowhere'] }],
    },
    [
      'spec.tasks[0].dependsOn[0]: Task "a" depends on "nowhere", which does not exist (expected the id of a task of this pipeline)',
    ],
  ],
  // What is of another type is named once, by the schema.
  [
    'groups that are no list',
    { groups: 'g' },
    ['spec.groups: is "g" (expected a list)'],
  ],
  [
    'groups that are none',
    { groups: [5, null, { id: 5 }, { id: 'g', parent: 5 }], tasks },
    [
      'spec.groups[0]: is 5 (number) (expected an object)',
      'spec.groups[1]: is empty (null) (expected an object)',
      'spec.groups[2].id: is 5 (number) (expected a text)',
      'spec.groups[3].parent: is 5 (number) (expected a text)',
    ],
  ],
  [
    'a task in a group that is a number',
    { groups: [{ id: 'g' }], tasks: [...tasks, { id: 'b', run, group: 5 }] },
    ['spec.tasks[1].group: is 5 (number) (expected a text)'],
  ],
  [
    'a group without tasks',
    { groups: [{ id: 'g' }, { id: 'h' }, { id: 'i', parent: 'g' }], tasks },
    [
      'warning: spec.groups[1]: Group "h" has no tasks',
      'warning: spec.groups[2]: Group "i" has no tasks',
    ],
  ],
])('says of %s', (_, spec, said) => {
  expect(saidOf(spec)).toStrictEqual(said);
});

const entered = [
  ...tasks,
  { id: 'b', run, dependsOn: ['a'] },
  { id: 'c', run, dependsOn: ['b'], group: 'g' },
];
const layers = Array.from({ length: 40 }, (_, i) =>
  ['l', 'r'].map(side => ({
    id: `${side}${i}`,
    run,
    dependsOn: i === 0 ? ['a'] : [`l${i - 1}`, `r${i - 1}`],
  })),
).flat();

it.each<[string, Loose]>([
  ['no groups', {}],
  [
    'two retried groups, of which one waits for the other',
    {
      groups: [
        { id: 'left', retries: 1 },
        { id: 'right', retries: 1 },
      ],
      tasks: [
        { id: 'a', run, group: 'left' },
        { id: 'b', run, group: 'left' },
        { id: 'y', run, dependsOn: ['a'], group: 'right' },
        { id: 'z', run, dependsOn: ['b', 'y'], group: 'right' },
      ],
      finally: [{ id: 'tell', run }],
    },
  ],
  [
    'two groups that wait for each other, of which one is retried',
    {
      groups: [{ id: 'left', retries: 1 }, { id: 'right' }],
      tasks: [
        { id: 'a', run, group: 'left' },
        { id: 'y', run, group: 'right' },
        { id: 'z', run, dependsOn: ['a'], group: 'right' },
        { id: 'b', run, dependsOn: ['y'], group: 'left' },
      ],
    },
  ],
  ['a group that is entered again', { groups: [{ id: 'g' }], tasks: entered }],
  [
    'a group that is entered again, of which only tasks are retried',
    { groups: [{ id: 'g', retries: 0 }], tasks: entered },
  ],
  [
    'a group with groups only',
    {
      groups: [
        { id: 'h', retries: 1 },
        { id: 'g', parent: 'h' },
      ],
      tasks,
    },
  ],
  [
    'a retried group that is left once, with setup and teardown in it',
    {
      groups: [{ id: 'g', retries: 1 }],
      tasks: [
        { id: 'before', run },
        { id: 'a', run, dependsOn: ['before'], group: 'g', setup: true },
        { id: 'b', run, dependsOn: ['a'], group: 'g' },
        { id: 't', run, dependsOn: ['b'], group: 'g', teardown: { of: ['a'] } },
        { id: 'after', run, dependsOn: ['b'] },
        { id: 'end', run, dependsOn: ['after'] },
      ],
    },
  ],
  [
    'more ways out of a retried group than anybody could walk',
    { groups: [{ id: 'g', retries: 1 }], tasks: [...tasks, ...layers] },
  ],
])('says nothing about %s', (_, spec) => {
  expect(saidOf(spec)).toStrictEqual([]);
});
