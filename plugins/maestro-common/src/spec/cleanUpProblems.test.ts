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
    'a teardown of what is no setup',
    {
      tasks: [
        { id: 'a', run },
        { id: 'b', run, dependsOn: ['a'], teardown: { of: ['a'] } },
      ],
    },
    'spec.tasks[1].teardown.of[0]',
    'takes down "a", which is no setup',
    'setup: true on "a"',
  ],
  [
    'a teardown of nothing',
    { tasks: [{ id: 'b', run, teardown: { of: ['create'] } }] },
    'spec.tasks[0].teardown.of[0]',
    'takes down "create", which does not exist',
    'the id of a setup',
  ],
  [
    'a teardown with a rule of its own',
    {
      tasks: [
        { id: 'a', run, setup: true },
        { id: 'b', run, triggerRule: 'always', teardown: { of: ['a'] } },
      ],
    },
    'spec.tasks[1].triggerRule',
    'has a trigger rule',
    'no triggerRule beside teardown',
  ],
  [
    'a setup that is a teardown',
    {
      tasks: [
        { id: 'a', run, setup: true },
        { id: 'b', run, setup: true, teardown: { of: ['a'] } },
      ],
    },
    'spec.tasks[1].setup',
    'is a setup and a teardown',
    'one of them',
  ],
  [
    'a setup above its teardown by way of a cycle',
    {
      tasks: [
        { id: 'a', run, setup: true, dependsOn: ['b'] },
        { id: 'b', run, teardown: { of: ['a'] } },
      ],
    },
    'spec.tasks[0].dependsOn',
    'Tasks wait for each other: a → b → a',
    'no cycle',
  ],
  [
    'finally that depends on a task',
    {
      tasks: [{ id: 'a', run }],
      finally: [{ id: 'f', run, dependsOn: ['a'] }],
    },
    'spec.finally[0].dependsOn[0]',
    'it runs after all tasks anyway',
    'other tasks of finally',
  ],
  [
    'a task that depends on finally',
    {
      tasks: [{ id: 'a', run, dependsOn: ['f'] }],
      finally: [{ id: 'f', run }],
    },
    'spec.tasks[0].dependsOn[0]',
    'which runs after all tasks (finally)',
    'tasks of spec.tasks',
  ],
  [
    'a group in finally',
    {
      groups: [{ id: 'g' }],
      tasks: [{ id: 'a', run, group: 'g' }],
      finally: [{ id: 'f', run, group: 'g' }],
    },
    'spec.finally[0].group',
    'of finally has "group"',
    'no group in finally',
  ],
  [
    'a cache of finally without a command',
    {
      tasks: [{ id: 'a', run }],
      finally: [{ id: 'f', wait: { for: 'PT1S' }, cache: true }],
    },
    'spec.finally[0].cache',
    'no command whose result',
  ],
  [
    'retries of finally that contradict each other',
    {
      tasks: [{ id: 'a', run }],
      finally: [{ id: 'f', run, retryOn: ['oom'], noRetryOn: ['oom'] }],
    },
    'spec.finally[0].noRetryOn',
    'named by both',
  ],
  [
    'a wait of finally for nothing',
    { tasks: [{ id: 'a', run }], finally: [{ id: 'f', wait: {} }] },
    'spec.finally[0].wait',
    'waits for nothing',
  ],
  [
    'one id in tasks and finally',
    { tasks: [{ id: 'a', run }], finally: [{ id: 'a', run }] },
    'spec.finally[0].id',
    'is used already by spec.tasks[0]',
    'an id of its own',
  ],
  [
    'a clean-up that waits for the run before',
    {
      tasks: [{ id: 'a', run }],
      finally: [{ id: 'f', run, dependsOnPast: true }],
    },
    'spec.finally[0].dependsOnPast',
    'would wait for the run before',
    'no dependsOnPast',
  ],
])('finds %s', (...row) => {
  expect(problemsIn(row)).toStrictEqual([namedBy(row)]);
});

const setup = { id: 's', run, setup: true };
const teardown = { id: 't', run, teardown: { of: ['s'] } };
const branch = { if: 'true', then: [] };

it.each<[string, Loose, string[]]>([
  // [what, spec, what is said of it]
  [
    'a branch that sets up',
    { tasks: [{ id: 'b', setup: true, branch }] },
    [
      'spec.tasks[0].setup: Branch "b" is a setup (expected a task that does something)',
    ],
  ],
  [
    'a branch that takes down',
    {
      tasks: [
        setup,
        { id: 'a', run, dependsOn: ['s'] },
        { id: 'b', dependsOn: ['a'], teardown: { of: ['s'] }, branch },
      ],
    },
    [
      'spec.tasks[2].teardown: Branch "b" is a teardown (expected a task that does something)',
    ],
  ],
  ...[[], ['s']].map((dependsOn): [string, Loose, string[]] => [
    `a teardown that depends on ${JSON.stringify(dependsOn)}`,
    { tasks: [setup, { ...teardown, dependsOn }] },
    [
      'warning: spec.tasks[1].teardown: Teardown "t" depends only on its setups, so it runs as soon as they have ended; name the tasks that use them in dependsOn',
    ],
  ]),
  [
    'a teardown that depends on its setup and on another task',
    {
      tasks: [
        setup,
        { id: 'a', run, dependsOn: ['s'] },
        { ...teardown, dependsOn: ['s', 'a'] },
      ],
    },
    [],
  ],
  [
    'a teardown of a slip',
    {
      tasks: [
        { id: 'setup', run, setup: true },
        { ...teardown, dependsOn: ['setup'], teardown: { of: ['setpu'] } },
      ],
    },
    [
      'spec.tasks[1].teardown.of[0]: Teardown "t" takes down "setpu", which does not exist; did you mean "setup"? (expected the id of a setup of this pipeline)',
    ],
  ],
  [
    'a teardown and finally that wait for the run before',
    {
      tasks: [
        setup,
        { id: 'a', run, dependsOn: ['s'], dependsOnPast: true },
        { ...teardown, dependsOn: ['a'], waitForDownstream: true },
      ],
      finally: [
        { id: 'f', run, waitForDownstream: true, dependsOnPast: false },
      ],
    },
    [
      'spec.tasks[2].waitForDownstream: Task "t" cleans up, and would wait for the run before (expected no waitForDownstream on teardowns and in finally)',
      'spec.finally[0].waitForDownstream: Task "f" cleans up, and would wait for the run before (expected no waitForDownstream on teardowns and in finally)',
    ],
  ],
  [
    'a setup in finally',
    { finally: [{ id: 'f', run, setup: true }] },
    [
      'spec.finally[0].setup: Task "f" of finally has "setup" (expected no setup in finally)',
    ],
  ],
  [
    'a teardown that is no object',
    { tasks: [{ id: 'a', run, teardown: null }] },
    ['spec.tasks[0].teardown: is empty (null) (expected an object)'],
  ],
  [
    'a teardown of a number',
    {
      tasks: [
        { id: 'a', run },
        { id: 't', run, dependsOn: ['a'], teardown: { of: [5] } },
      ],
    },
    ['spec.tasks[1].teardown.of[0]: is 5 (number) (expected a text)'],
  ],
  [
    'tasks of finally one after the other',
    {
      finally: [
        { id: 'f', run },
        { id: 'g', run, dependsOn: ['f'] },
      ],
    },
    [],
  ],
])('says of %s', (_, spec, said) => {
  expect(saidOf(spec)).toStrictEqual(said);
});
