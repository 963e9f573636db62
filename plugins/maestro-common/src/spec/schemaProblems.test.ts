import {
  namedBy,
  problemsIn,
  run,
  type Mistake,
} from '../__testUtils__/entity';

it.each<Mistake>([
  [
    'an unknown key',
    { tasks: [{ id: 'a', run, dependson: [] }] },
    'spec.tasks[0].dependson',
    'did you mean "dependsOn"?',
    'one of id, title',
  ],
  [
    'a missing key',
    { owner: undefined },
    'spec.owner',
    '"owner" is missing',
    'a text',
  ],
  [
    'a wrong type',
    { tasks: [{ id: 'a', run, retries: 'two' }] },
    'spec.tasks[0].retries',
    'is "two"',
    'a number',
  ],
  [
    'a fraction',
    { tasks: [{ id: 'a', run, retries: 1.5 }] },
    'spec.tasks[0].retries',
    'is 1.5',
    'a whole number',
  ],
  [
    'too small',
    { tasks: [{ id: 'a', run, retries: -1 }] },
    'spec.tasks[0].retries',
    'is -1',
    'at least 0',
  ],
  [
    'no tasks',
    { tasks: [] },
    'spec.tasks',
    'is a list of 0',
    'at least 1 items',
  ],
  ['a bad duration', { sla: '2h' }, 'spec.sla', 'is "2h"', 'ISO 8601 duration'],
  [
    'no time at all',
    { sla: 'PT0S' },
    'spec.sla',
    'no time at all',
    'more than zero',
  ],
  [
    'an unknown rule',
    { tasks: [{ id: 'a', run, triggerRule: 'all_succes' }] },
    'spec.tasks[0].triggerRule',
    'did you mean "all_success"?',
    'one of all_success',
  ],
  [
    'a bad id',
    { tasks: [{ id: 'a b', run }] },
    'spec.tasks[0].id',
    'is "a b"',
    'letters, digits',
  ],
  [
    'a bad environment name',
    { tasks: [{ id: 'a', run: { ...run, env: { 'A-B': '1' } } }] },
    'spec.tasks[0].run.env.A-B',
    'is not a name',
    'letters, digits and "_"',
  ],
  [
    'a number in the environment',
    { tasks: [{ id: 'a', run: { ...run, env: { A: 1 } } }] },
    'spec.tasks[0].run.env.A',
    'is 1 (number)',
    'a text',
  ],
  [
    'a weight that is none',
    { tasks: [{ id: 'a', run, weightRule: 'up' }] },
    'spec.tasks[0].weightRule',
    'is "up"',
    'one of absolute',
  ],
])('finds %s', (...row) => {
  expect(problemsIn(row)).toContainEqual(namedBy(row));
});
