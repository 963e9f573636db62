import {
  namedBy,
  problemsIn,
  run,
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
  expect(problemsIn(row)).toContainEqual(namedBy(row));
});
