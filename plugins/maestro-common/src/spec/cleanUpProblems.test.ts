import {
  namedBy,
  problemsIn,
  run,
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
  expect(problemsIn(row)).toContainEqual(namedBy(row));
});
