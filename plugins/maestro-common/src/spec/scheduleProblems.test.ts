import {
  namedBy,
  problemsIn,
  saidOf,
  type Loose,
  type Mistake,
} from '../__testUtils__/entity';

it.each<Mistake>([
  [
    'a bad cron expression',
    { schedule: { cron: '0 25 * * *' } },
    'spec.schedule.cron',
    'is not valid: Invalid value for hour: 25',
  ],
  [
    'a cron expression that is never due',
    { schedule: { cron: '0 0 31 2 *' } },
    'spec.schedule.cron',
    'is never due',
  ],
  [
    'a schedule as text',
    { schedule: '0 4 * * *' },
    'spec.schedule',
    'is "0 4 * * *"',
    "{cron: '0 4 * * 0'}",
  ],
  [
    'a schedule without time',
    { schedule: {} },
    'spec.schedule',
    'is never due',
    '"cron", "every", "dates", "continuous" or "assets"',
  ],
  [
    'due times and no end of runs',
    { schedule: { cron: '@daily', continuous: true } },
    'spec.schedule',
    'has both "cron" and "continuous"',
    'one of them',
  ],
  [
    'a pause between due times',
    { schedule: { cron: '@daily', pause: 'PT10S' } },
    'spec.schedule.pause',
    'the schedule is not "continuous"',
  ],
  [
    'a pause of nothing',
    { schedule: { continuous: true, pause: 'PT0.1S' } },
    'spec.schedule.pause',
    'The pause is PT0.1S',
    'at least PT1S',
  ],
  ...['days', 'except', 'when', 'jitter', 'catchup', 'assets'].map(
    (field): Mistake => [
      `${field} of a continuous schedule`,
      {
        schedule: {
          continuous: true,
          [field]: {
            days: ['mon'],
            except: ['2026-12-25'],
            when: 'true',
            jitter: 'PT5S',
            catchup: true,
            assets: { any: ['x'] },
          }[field],
        },
      },
      `spec.schedule.${field}`,
      'has no place in a continuous schedule',
      'startDate, endDate and pause',
    ],
  ),
  [
    'a continuous schedule beside another',
    {
      schedule: [
        { id: 'a', cron: '@daily' },
        { id: 'b', continuous: true },
      ],
    },
    'spec.schedule[1]',
    'stands beside others',
    'it alone',
  ],
  [
    'several runs of a continuous schedule at once',
    { schedule: { continuous: true }, maxActiveRuns: 2 },
    'spec.maxActiveRuns',
    'The schedule is continuous, and 2 runs may be active',
    '1, the default then',
  ],
  [
    'a schedule with two times',
    { schedule: { cron: '@daily', every: 'PT1H' } },
    'spec.schedule',
    'has both',
    'one of them',
  ],
  [
    'a day that is none',
    { schedule: { cron: '@daily', except: ['2026-02-30'] } },
    'spec.schedule.except[0]',
    'is not a day',
    'a day such as 2026-12-25',
  ],
  [
    'a due time that is none',
    { schedule: { dates: ['2026-01-01', 'tomorrow'] } },
    'spec.schedule.dates[1]',
    'is not a date',
    'ISO 8601',
  ],
  [
    'a calendar that never meets its cron expression',
    { schedule: { cron: '0 9 * * 0', days: ['mon'] } },
    'spec.schedule',
    'is never due',
    'days on which',
  ],
  [
    'a condition that is no CEL',
    { schedule: { cron: '@daily', when: 'vars.on ==' } },
    'spec.schedule.when',
    '',
    undefined,
  ],
  [
    'a condition about a task',
    { schedule: { cron: '@daily', when: 'tasks.a.outputs.x == 1' } },
    'spec.schedule.when',
    'there is no run yet',
    'params, vars',
  ],
  [
    'an interval of nothing',
    { schedule: { every: 'PT0.5S' } },
    'spec.schedule.every',
    'The interval is PT0.5S',
    'at least PT1S',
  ],
  [
    'a bad key in one of two',
    {
      schedule: [
        { cron: '@daily' },
        { id: 'b', every: 'PT1H', corn: '@daily' },
      ],
    },
    'spec.schedule[1].corn',
    'did you mean "cron"?',
    'one of id, cron',
  ],
  [
    'a jitter as long as the interval',
    { schedule: { every: 'PT10M', jitter: 'PT10M' } },
    'spec.schedule.jitter',
    'The jitter (PT10M) is as long as the interval (PT10M)',
    'less than the interval: a run would start when the next one is due',
  ],
  [
    'a jitter of more than a day',
    { schedule: { cron: '@weekly', jitter: 'P2D' } },
    'spec.schedule.jitter',
    'The jitter is P2D',
    'at most P1D',
  ],
  [
    'two schedules of one id',
    { schedule: [{ cron: '@daily' }, { cron: '@hourly' }] },
    'spec.schedule[1].id',
    '"default" is used twice',
    'an id of its own',
  ],
  [
    'a bad time zone',
    { schedule: { cron: '@daily', timezone: 'Mars/Olympus' } },
    'spec.schedule.timezone',
    '"Mars/Olympus" is not known',
    'Europe/Berlin',
  ],
  [
    'a bad date',
    { schedule: { cron: '@daily', startDate: '2025-02-30' } },
    'spec.schedule.startDate',
    '"2025-02-30" is not a date',
    'ISO 8601',
  ],
  [
    'an end before the start',
    {
      schedule: {
        cron: '@daily',
        startDate: '2025-02-02',
        endDate: '2025-02-01',
      },
    },
    'spec.schedule.endDate',
    'ends (2025-02-01) before it starts',
  ],
  [
    'the outcome before there is a run',
    { schedule: { cron: '@daily', when: 'run.state == "failed"' } },
    'spec.schedule.when',
    'run.state, but there is no run yet',
    'params, vars',
  ],
  [
    'an item in the condition of a schedule',
    { schedule: { cron: '@daily', when: 'index == 1' } },
    'spec.schedule.when',
    'uses index, which only tasks with "map" have',
  ],
  [
    'a scheduled run without a param',
    {
      schedule: { cron: '@daily' },
      params: { properties: { n: {} }, required: ['n'] },
    },
    'spec.params.required[0]',
    'a scheduled run could not start',
    'a default for "n"',
  ],
])('finds %s', (...row) => {
  expect(problemsIn(row)).toStrictEqual([namedBy(row)]);
});

const date = (text: string) =>
  `"${text}" is not a date (expected ISO 8601 such as 2025-01-31 or 2025-01-31T04:00:00Z)`;
const day = (text: string) =>
  `"${text}" is not a day (expected a day such as 2026-12-25)`;

it.each<[string, Loose, string]>([
  // [what, schedule, what is said of it]
  [
    'three times at once',
    { cron: '@daily', every: 'PT1H', dates: ['2026-01-01'] },
    ': The schedule has all of "cron" and "every" and "dates" (expected one of them)',
  ],
  [
    'two times at once',
    { cron: '@daily', dates: ['2026-01-01'] },
    ': The schedule has both "cron" and "dates" (expected one of them)',
  ],
  [
    'days of no due time',
    { days: ['mon'] },
    ': The schedule is never due (expected "cron", "every", "dates", "continuous" or "assets")',
  ],
  [
    'no days of a bad cron expression',
    { cron: '0 0 31 2 *', days: ['mon'] },
    '.cron: Cron expression "0 0 31 2 *" is never due',
  ],
  ['a bad end', { cron: '@daily', endDate: 'x' }, `.endDate: ${date('x')}`],
  ['a bad due time', { dates: ['x'] }, `.dates[0]: ${date('x')}`],
  ...['+002026-12-25', '2026-12-25T10:00', '2026-1-25', '2026-12-32'].map(
    (text): [string, Loose, string] => [
      `the day off ${text}`,
      { cron: '@daily', except: ['2026-12-25', text] },
      `.except[1]: ${day(text)}`,
    ],
  ),
  // What is of another type is named once, by the schema.
  ['a number as cron', { cron: 5 }, '.cron: is 5 (number) (expected a text)'],
  [
    'a number as cron with days',
    { cron: 5, days: ['mon'] },
    '.cron: is 5 (number) (expected a text)',
  ],
  [
    'a number as interval',
    { every: 5 },
    '.every: is 5 (number) (expected a text)',
  ],
  [
    'an interval that is none',
    { every: 'often' },
    '.every: is "often" (expected an ISO 8601 duration such as PT5M, PT1H30M or P1D)',
  ],
  [
    'a list as interval',
    { every: ['PT0S'] },
    '.every: is a list of 1 (expected a text)',
  ],
  [
    'a number as time zone',
    { cron: '@daily', timezone: 5 },
    '.timezone: is 5 (number) (expected a text)',
  ],
  [
    'a number as due time',
    { dates: [5] },
    '.dates[0]: is 5 (number) (expected a text)',
  ],
  [
    'a number as day off',
    { cron: '@daily', except: [5] },
    '.except[0]: is 5 (number) (expected a text)',
  ],
  [
    'due times that are no list',
    { dates: '2026-01-01' },
    '.dates: is "2026-01-01" (expected a list)',
  ],
  [
    'a number as condition',
    { cron: '@daily', when: 5 },
    '.when: is 5 (number) (expected a text)',
  ],
  [
    'a number as id',
    { cron: '@daily', id: 5 },
    '.id: is 5 (number) (expected a text)',
  ],
])('says only what is wrong with %s', (_, schedule, said) => {
  expect(saidOf({ schedule })).toStrictEqual([`spec.schedule${said}`]);
});

it.each<Loose>([
  { cron: '0 9 * * 0', days: ['mon', 'sun'] },
  { cron: '@daily', startDate: '2026-01-01' },
  { cron: '@daily', endDate: '2026-01-01' },
  { cron: '@daily', startDate: '2026-01-01', endDate: '2026-01-01' },
  { cron: '@daily', startDate: '2026-01-01', endDate: '2026-01-02' },
  { cron: '@daily', except: ['2026-12-25'], timezone: 'Asia/Tokyo' },
  { cron: '@weekly', jitter: 'P1D' },
  { every: 'PT1S' },
  { every: 'PT10M', jitter: 'PT9M59S' },
  { dates: ['1970-01-01', '2026-01-01T10:00', '2026-01-01T10:00:00+02:00'] },
  { cron: '@daily', when: 'vars.on == "yes" && run.trigger == "schedule"' },
  { assets: { any: ['x'] }, cooldown: 'PT1S', when: 'vars.on == "yes"' },
  {
    cron: '@daily',
    assets: { all: ['x', 'y'] },
    days: ['mon'],
    except: ['2026-12-25'],
    catchup: true,
    cooldown: 'PT1H',
  },
  [],
  [{ cron: '@daily' }, { id: 'b', cron: '@hourly' }],
])('says nothing about %j', schedule => {
  expect(saidOf({ schedule })).toStrictEqual([]);
});
