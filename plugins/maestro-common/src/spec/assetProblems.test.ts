import {
  namedBy,
  problemsIn,
  run,
  type Mistake,
} from '../__testUtils__/entity';

it.each<Mistake>([
  [
    'an asset without a name',
    { tasks: [{ id: 'a', run, produces: ['drift events'] }] },
    'spec.tasks[0].produces[0]',
    '',
  ],
  [
    'an asset that is produced twice',
    { tasks: [{ id: 'a', run, produces: ['x', { asset: 'x' }] }] },
    'spec.tasks[0].produces[1]',
    'produces "x" twice',
  ],
  [
    'an asset of a branch',
    {
      tasks: [{ id: 'a', branch: { if: 'true', then: [] }, produces: ['x'] }],
    },
    'spec.tasks[0].produces',
    'launches nothing',
  ],
  [
    'an asset of finally that is produced twice',
    {
      tasks: [{ id: 'a', run }],
      finally: [{ id: 'f', run, produces: ['x', 'x'] }],
    },
    'spec.finally[0].produces[1]',
    'produces "x" twice',
  ],
  [
    'any and all at once',
    { schedule: { assets: { any: ['x'], all: ['y'] } } },
    'spec.schedule.assets',
    'give either any or all',
  ],
  [
    'assets without any',
    { schedule: { assets: {} } },
    'spec.schedule.assets',
    'give either any or all',
  ],
  [
    'a cool-down of due times',
    { schedule: { cron: '0 4 * * *', cooldown: 'P1D' } },
    'spec.schedule.cooldown',
    'has no "assets"',
  ],
  [
    'a cool-down of nothing',
    { schedule: { assets: { any: ['x'] }, cooldown: 'PT0S' } },
    'spec.schedule.cooldown',
    'The cool-down is PT0S',
  ],
  [
    'days of asset events',
    { schedule: { assets: { any: ['x'] }, days: ['mon'] } },
    'spec.schedule.days',
    'about due times',
    '"when"',
  ],
  [
    'a webhook twice',
    { webhooks: [{ id: 'w' }, { id: 'w' }] },
    'spec.webhooks[1].id',
    'used twice',
  ],
  [
    'a param of a webhook that nobody knows',
    {
      params: { type: 'object', properties: { ref: { type: 'string' } } },
      webhooks: [{ id: 'w', params: { reff: 'request.body.ref' } }],
    },
    'spec.webhooks[0].params.reff',
    'did you mean "ref"?',
  ],
  [
    'a webhook that names a variable',
    {
      params: { type: 'object', properties: { ref: { type: 'string' } } },
      webhooks: [{ id: 'w', params: { ref: 'vars.x' } }],
    },
    'spec.webhooks[0].params.ref',
    '"vars" is not known to a webhook',
  ],
  [
    'a request in a command',
    {
      tasks: [{ id: 'a', run: { command: ['${{ request.body.x }}'] } }],
    },
    'spec.tasks[0].run.command[0]',
    'known to webhooks only',
  ],
])('finds %s', (...row) => {
  expect(problemsIn(row)).toContainEqual(namedBy(row));
});
