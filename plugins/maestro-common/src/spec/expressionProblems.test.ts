import {
  namedBy,
  problemsIn,
  run,
  type Mistake,
} from '../__testUtils__/entity';

it.each<Mistake>([
  [
    'a bad condition',
    { tasks: [{ id: 'a', branch: { if: 'params.', then: [] } }] },
    'spec.tasks[0].branch.if',
    '\n  params.\n         ^',
  ],
  [
    'a condition that is none',
    { tasks: [{ id: 'a', branch: { if: '1 + 1', then: [] } }] },
    'spec.tasks[0].branch.if',
    'gives an int, expected a bool',
  ],
  [
    'a bad expression in a command',
    { tasks: [{ id: 'a', run: { command: ['x', '${{ vars.y'] } }] },
    'spec.tasks[0].run.command[1]',
    'is not closed',
  ],
  [
    'a bad expression in the environment',
    { tasks: [{ id: 'a', run: { ...run, env: { A: '${{ 1 + }}' } } }] },
    'spec.tasks[0].run.env.A',
    'Unexpected token',
  ],
  [
    'an expression that is too long',
    {
      tasks: [{ id: 'a', run: { command: [`\${{ "${'x'.repeat(2100)}" }}`] } }],
    },
    'spec.tasks[0].run.command[0]',
    'at most 2048 are allowed',
  ],
  [
    'outputs of what is not upstream',
    {
      tasks: [
        { id: 'a', run },
        { id: 'b', run: { command: ['${{ tasks.a.outputs.k }}'] } },
      ],
    },
    'spec.tasks[1].run.command[0]',
    'which is not upstream of "b"',
    '"a" in dependsOn of "b"',
  ],
  [
    'outputs of nothing',
    { tasks: [{ id: 'a', run: { command: ['${{ tasks.z.outputs.k }}'] } }] },
    'spec.tasks[0].run.command[0]',
    'task "z", which does not exist',
  ],
  [
    'its own outputs',
    { tasks: [{ id: 'a', run: { command: ['${{ tasks.a.outputs.k }}'] } }] },
    'spec.tasks[0].run.command[0]',
    'uses outputs of its own task "a"',
  ],
  [
    'a param that is not named',
    {
      params: { properties: { trees: {} } },
      tasks: [{ id: 'a', run: { command: ['${{ params.tree }}'] } }],
    },
    'spec.tasks[0].run.command[0]',
    'params.tree, which spec.params does not name; did you mean "trees"?',
  ],
  [
    'a secret of a connection',
    {
      tasks: [
        { id: 'a', run: { command: ['${{ connections.db.password }}'] } },
      ],
    },
    'spec.tasks[0].run.command[0]',
    '"password" is not available, expected one of host, port',
  ],
  [
    'the outcome before there is one',
    { tasks: [{ id: 'a', run: { command: ['${{ run.state }}'] } }] },
    'spec.tasks[0].run.command[0]',
    'run.state, which is known only when all tasks are over',
    'spec.finally',
  ],
  [
    'an item outside of a map',
    { tasks: [{ id: 'a', run: { command: ['x', '${{ item.name }}'] } }] },
    'spec.tasks[0].run.command[1]',
    'uses item, which only command and env of a task with "map" have',
  ],
  [
    'an item in the list that the items come from',
    {
      tasks: [
        {
          id: 'a',
          map: { over: 'item.parts' },
          run: { command: ['x'] },
        },
      ],
    },
    'spec.tasks[0].map.over',
    'uses item, which only command and env of a task with "map" have',
  ],
])('finds %s', (...row) => {
  expect(problemsIn(row)).toStrictEqual([namedBy(row)]);
});
