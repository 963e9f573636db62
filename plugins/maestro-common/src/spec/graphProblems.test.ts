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
    'a duplicate id',
    {
      tasks: [
        { id: 'a', run },
        { id: 'a', run },
      ],
    },
    'spec.tasks[1].id',
    'is used already by spec.tasks[0]',
    'an id of its own',
  ],
  [
    'an unknown upstream',
    {
      tasks: [
        { id: 'train', run },
        { id: 'b', run, dependsOn: ['trian'] },
      ],
    },
    'spec.tasks[1].dependsOn[0]',
    'which does not exist; did you mean "train"?',
    'the id of a task',
  ],
  [
    'itself',
    { tasks: [{ id: 'a', run, dependsOn: ['a'] }] },
    'spec.tasks[0].dependsOn[0]',
    'Task "a" depends on itself',
  ],
  [
    'a cycle',
    {
      tasks: [
        { id: 'a', run, dependsOn: ['c'] },
        { id: 'b', run, dependsOn: ['a'] },
        { id: 'c', run, dependsOn: ['b'] },
      ],
    },
    'spec.tasks[0].dependsOn',
    'Tasks wait for each other: a → b → c → a',
    'no cycle',
  ],
  [
    'nothing to do',
    { tasks: [{ id: 'a' }] },
    'spec.tasks[0]',
    'Task "a" does nothing',
    'one of "run", "branch"',
  ],
  [
    'two things to do',
    { tasks: [{ id: 'a', run, branch: { if: 'true', then: [] } }] },
    'spec.tasks[0]',
    'has both "run" and "branch"',
    'one of them',
  ],
  [
    'a branch to nowhere',
    { tasks: [{ id: 'a', branch: { if: 'true', then: ['x'] } }] },
    'spec.tasks[0].branch.then[0]',
    'follows "x", which does not exist',
    'the id of a task',
  ],
  [
    'a branch past its tasks',
    {
      tasks: [
        { id: 'a', branch: { if: 'true', then: [], else: ['b'] } },
        { id: 'b', run },
      ],
    },
    'spec.tasks[0].branch.else[0]',
    'which does not depend on it',
    '"a" in dependsOn of "b"',
  ],
])('finds %s', (...row) => {
  expect(problemsIn(row)).toStrictEqual([namedBy(row)]);
});

const circle = (length: number) =>
  Array.from({ length }, (_, i) => ({
    id: `t${i}`,
    run,
    dependsOn: [`t${(i + 1) % length}`],
  }));

it.each<[string, Loose, unknown[]]>([
  // [what, spec, what is said of it]
  [
    'a circle of eleven',
    { tasks: circle(11) },
    [
      expect.stringContaining(
        't0 → t10 → t9 → t8 → t7 → t6 → t5 → t4 → t3 → t2 → t1 → t0 (',
      ),
    ],
  ],
  [
    'a circle of twelve, in short',
    { tasks: circle(12) },
    [
      expect.stringContaining(
        't0 → t11 → t10 → t9 → t8 → t7 → … → t4 → t3 → t2 → t1 → t0 (',
      ),
    ],
  ],
  [
    'an upstream that is no text',
    { tasks: [{ id: 'a', run, dependsOn: [5] }] },
    ['spec.tasks[0].dependsOn[0]: is 5 (number) (expected a text)'],
  ],
  [
    'upstreams that are no list',
    { tasks: [{ id: 'a', run, dependsOn: 'b' }] },
    ['spec.tasks[0].dependsOn: is "b" (expected a list)'],
  ],
  [
    'tasks that are none',
    { tasks: [5, null, { id: 5, run }, { id: 'a', run }] },
    [
      'spec.tasks[0]: is 5 (number) (expected an object)',
      'spec.tasks[1]: is empty (null) (expected an object)',
      'spec.tasks[2].id: is 5 (number) (expected a text)',
    ],
  ],
  [
    'a branch to what is no text',
    { tasks: [{ id: 'a', branch: { if: 'true', then: [5] } }] },
    ['spec.tasks[0].branch.then[0]: is 5 (number) (expected a text)'],
  ],
  [
    'a branch that is empty',
    { tasks: [{ id: 'a', branch: null }] },
    ['spec.tasks[0].branch: is empty (null) (expected an object)'],
  ],
  [
    'a branch that waits for its own target',
    {
      tasks: [
        { id: 'a', branch: { if: 'true', then: ['b'] } },
        { id: 'b', run, dependsOn: ['a'] },
      ],
    },
    [],
  ],
  [
    'a map of what is no command',
    { tasks: [{ id: 'a', wait: { for: 'PT1S' }, map: { over: [1] } }] },
    [
      'spec.tasks[0].map: Task "a" has "map" without "run" (expected "run": only commands run once for each item of a list)',
    ],
  ],
  [
    'a list of as many items as are allowed',
    {
      tasks: [
        { id: 'a', run, map: { over: [1, 2], maxItems: 2 } },
        { id: 'b', run, map: { over: Array(1000).fill(1) } },
      ],
    },
    [],
  ],
  [
    'a list of one item more',
    {
      tasks: [
        { id: 'a', run, map: { over: [1, 2, 3], maxItems: 2 } },
        { id: 'b', run, map: { over: Array(1001).fill(1) } },
      ],
    },
    [
      'spec.tasks[0].map.over: The list has 3 items, more than maxItems (2)',
      'spec.tasks[1].map.over: The list has 1001 items, more than maxItems (1000)',
    ],
  ],
  [
    'a limit that is no number',
    {
      tasks: [
        { id: 'a', run, map: { over: Array(1001).fill(1), maxItems: 'x' } },
      ],
    },
    [
      'spec.tasks[0].map.maxItems: is "x" (expected a number)',
      'spec.tasks[0].map.over: The list has 1001 items, more than maxItems (1000)',
    ],
  ],
])('says of %s', (_, spec, said) => {
  expect(saidOf(spec)).toStrictEqual(said);
});

it('looks no further when there are a hundred problems', () => {
  const bad = Array.from({ length: 100 }, (_, i) => ({
    id: `t${i}`,
    run,
    dependsOn: ['nowhere'],
  }));
  // Of each of these there would be something to warn of.
  const odd = [
    { id: 'u', run, dependsOn: ['t0', 't0'] },
    { id: 'v', wait: { for: 'PT1S' }, pool: 'gpu' },
    { id: 'w', run, setup: true },
    { id: 'x', run, dependsOn: ['w'], teardown: { of: ['w'] } },
    { id: 'y', run: { command: ['sh', '-c', '${{ run.id }}'] } },
  ];
  const spec = { groups: [{ id: 'g', retries: 1 }], tasks: [...bad, ...odd] };
  const said = saidOf(spec);
  expect(said).toHaveLength(101);
  expect(said[99]).toContain('spec.tasks[99].dependsOn[0]: ');
  // Groups are few, and looked at whole.
  expect(said[100]).toBe('warning: spec.groups[0]: Group "g" has no tasks');
});
