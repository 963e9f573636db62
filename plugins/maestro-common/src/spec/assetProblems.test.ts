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
  expect(problemsIn(row)).toStrictEqual([namedBy(row)]);
});

const webhooks = [{ id: 'w', params: { other: 'request.body.x' } }];
const circle = 'which it produces itself: each run starts the next one';

it.each<[string, Loose, unknown[]]>([
  // [what, spec, what is said of it]
  [
    'a schedule that awaits what is produced',
    {
      schedule: { assets: { any: ['x', 'y'] } },
      tasks: [{ id: 'a', run, produces: ['y'] }],
    },
    [`warning: spec.schedule.assets: The pipeline awaits "y", ${circle}`],
  ],
  [
    'one of several schedules that awaits what is produced',
    {
      schedule: [{ cron: '@daily' }, { id: 'b', assets: { all: ['x', 'y'] } }],
      tasks: [{ id: 'a', run, produces: [{ asset: 'x' }] }],
    },
    [`warning: spec.schedule[1].assets: The pipeline awaits "x", ${circle}`],
  ],
  [
    'a schedule that awaits something else',
    {
      schedule: { assets: { any: ['x'] } },
      tasks: [{ id: 'a', run, produces: ['y', 'z'] }],
    },
    [],
  ],
  [
    'nothing that is produced by what launches nothing',
    { tasks: [{ id: 'a', branch: { if: 'true', then: [] }, produces: [] }] },
    [],
  ],
  [
    'what is no asset',
    { tasks: [{ id: 'a', run, produces: [{}, {}] }] },
    [0, 1].map(i => expect.stringContaining(`spec.tasks[0].produces[${i}]`)),
  ],
  ['webhooks of two ids', { webhooks: [{ id: 'w' }, { id: 'v' }] }, []],
  [
    'webhooks of no id',
    { webhooks: [{}, {}] },
    [0, 1].map(
      i => `spec.webhooks[${i}].id: "id" is missing (expected a text)`,
    ),
  ],
  [
    'a param of a webhook without any params',
    { webhooks },
    [
      'spec.webhooks[0].params.other: The webhook gives the param "other", which spec.params does not name',
    ],
  ],
  [
    'a param of a webhook where no others are taken',
    { params: { properties: {}, additionalProperties: false }, webhooks },
    [
      'spec.webhooks[0].params.other: The webhook gives the param "other", which spec.params does not name',
    ],
  ],
  ...[true, { type: 'string' }].map(
    (additionalProperties): [string, Loose, unknown[]] => [
      `a param of a webhook where others are ${JSON.stringify(
        additionalProperties,
      )}`,
      { params: { properties: {}, additionalProperties }, webhooks },
      [],
    ],
  ),
  [
    'a param of a webhook that is named',
    { params: { properties: { other: {} } }, webhooks },
    [],
  ],
  [
    'a param of a webhook that is a number',
    {
      params: { properties: { n: {} } },
      webhooks: [{ id: 'w', params: { n: 5 } }],
    },
    ['spec.webhooks[0].params.n: is 5 (number) (expected a text)'],
  ],
])('says of %s', (_, spec, said) => {
  expect(saidOf(spec)).toStrictEqual(said);
});
