import {
  asset,
  compile,
  compiled,
  cron,
  task,
  timetable,
} from './__testUtils__/describedDag';
import type { Encoded, SerializedDag } from './serialized';

it.each([
  ['PartitionedAtRuntime', true],
  ['airflow.timetables.trigger.CronPartitionTimetable', true],
  ['NullTimetable', undefined],
  ['plugins.PartitionedAtRuntime', undefined],
])('runs of %s take a partition key: %s', (type, takes) => {
  const { definition } = compile({
    timetable: timetable(type, {
      expression: '0 * * * *',
      timezone: 'UTC',
      key_format: '%Y',
    }),
  });
  expect(definition?.partitioned).toBe(takes);
});

const partitions = (more: object): Encoded =>
  timetable('airflow.timetables.trigger.CronPartitionTimetable', {
    expression: '0 * * * *',
    timezone: 'Asia/Taipei',
    run_immediately: false,
    run_offset: 0,
    key_format: '%Y-%m-%dT%H',
    ...more,
  });

describe('when a DAG is due', () => {
  const START = Date.UTC(2025, 0, 1);
  const bounds = { startAt: START, catchup: false };
  /** Of what is due: the due time is its own data interval. */
  const exact = { ...bounds, interval: { lengthMs: 0 } };
  const of = (table: Encoded, more: Partial<SerializedDag> = {}) =>
    compiled({ timetable: table, start_date: START / 1000, ...more }).schedules;

  it.each<[string, Encoded, object[]]>([
    ['never', timetable('NullTimetable'), []],
    [
      'by cron expression',
      cron('0 0 * * *'),
      [{ id: 'default', cron: '0 0 * * *', timezone: 'UTC', ...exact }],
    ],
    [
      'in a time zone',
      cron('30 2 * * 1', 'Europe/Berlin'),
      [
        {
          id: 'default',
          cron: '30 2 * * 1',
          timezone: 'Europe/Berlin',
          ...exact,
        },
      ],
    ],
    [
      'by several cron expressions',
      timetable('airflow.timetables.trigger.MultipleCronTriggerTimetable', {
        expressions: ['0 1 * * *', '0 2 * * *'],
        timezone: 'UTC',
        interval: 0,
        run_immediately: false,
      }),
      [
        {
          id: 'default',
          cron: '0 1 * * *',
          crons: ['0 2 * * *'],
          timezone: 'UTC',
          ...exact,
        },
      ],
    ],
    [
      'by cron expression, with an interval before it',
      timetable('airflow.timetables.trigger.CronTriggerTimetable', {
        expression: '0 0 * * *',
        timezone: 'UTC',
        interval: 86_400,
      }),
      [
        {
          id: 'default',
          cron: '0 0 * * *',
          timezone: 'UTC',
          ...bounds,
          interval: { lengthMs: 86_400_000 },
        },
      ],
    ],
    [
      'by cron expression, a partition for each',
      partitions({ run_offset: -1 }),
      [
        {
          id: 'default',
          cron: '0 * * * *',
          timezone: 'Asia/Taipei',
          ...exact,
          partition: { offset: -1, format: '%Y-%m-%dT%H' },
        },
      ],
    ],
    ['only with keys by hand', timetable('PartitionedAtRuntime'), []],
    [
      'by cron expression, at the end of its intervals',
      timetable('airflow.timetables.interval.CronDataIntervalTimetable', {
        expression: '0 0 * * *',
        timezone: 'UTC',
      }),
      [
        {
          id: 'default',
          cron: '0 0 * * *',
          timezone: 'UTC',
          ...bounds,
          interval: {},
        },
      ],
    ],
    [
      'every so often, at the end of its intervals',
      timetable('airflow.timetables.interval.DeltaDataIntervalTimetable', {
        delta: 90,
      }),
      [
        {
          id: 'default',
          everyMs: 90_000,
          timezone: 'UTC',
          ...bounds,
          interval: {},
        },
      ],
    ],
    [
      'every month',
      timetable('airflow.timetables.trigger.DeltaTriggerTimetable', {
        delta: { years: 1, months: 1 },
        interval: { months: 1, days: 2, hours: 1 },
      }),
      [
        {
          id: 'default',
          everySpan: { months: 13 },
          timezone: 'UTC',
          ...bounds,
          interval: { span: { months: 1, ms: 49 * 3_600_000 } },
        },
      ],
    ],
    [
      'by days of the calendar, which in UTC are always as long',
      timetable('airflow.timetables.interval.DeltaDataIntervalTimetable', {
        delta: { days: 14, microseconds: 1000 },
      }),
      [
        {
          id: 'default',
          everyMs: 14 * 86_400_000 + 1,
          timezone: 'UTC',
          ...bounds,
          interval: {},
        },
      ],
    ],
    [
      'every so often',
      timetable('airflow.timetables.trigger.DeltaTriggerTimetable', {
        delta: 90,
        interval: 0,
      }),
      [{ id: 'default', everyMs: 90_000, timezone: 'UTC', ...exact }],
    ],
    [
      '@continuous',
      timetable('ContinuousTimetable'),
      [
        {
          id: 'default',
          continuous: { pauseMs: 1000 },
          timezone: 'UTC',
          ...bounds,
          catchup: false,
          interval: {},
        },
      ],
    ],
    [
      'once',
      timetable('OnceTimetable'),
      [
        {
          id: 'default',
          dates: [START],
          timezone: 'UTC',
          catchup: true,
          interval: { lengthMs: 0 },
        },
      ],
    ],
    [
      'on dates, sorted, each once',
      timetable('airflow.timetables.events.EventsTimetable', {
        event_dates: [20, { __type: 'datetime', __var: 10 }, 20],
      }),
      [
        {
          id: 'default',
          dates: [10_000, 20_000],
          timezone: 'UTC',
          ...exact,
        },
      ],
    ],
    [
      'on assets',
      timetable('AssetTriggeredTimetable', {
        asset_condition: {
          __type: 'asset_all',
          objects: [asset('s3://b'), asset('a')],
        },
      }),
      [
        {
          id: 'default',
          timezone: 'UTC',
          assets: { mode: 'all', names: ['a', 's3://b'] },
          ...bounds,
        },
      ],
    ],
    [
      'on conditions of assets in others, one of them alone in its own',
      timetable('AssetTriggeredTimetable', {
        asset_condition: {
          __type: 'asset_any',
          objects: [
            { __type: 'asset_all', objects: [asset('a')] },
            { __type: 'asset_all', objects: [asset('c'), asset('b')] },
          ],
        },
      }),
      [
        {
          id: 'default',
          timezone: 'UTC',
          assets: {
            mode: 'any',
            names: ['a', 'b', 'c'],
            parts: ['a', { mode: 'all', parts: ['c', 'b'] }],
          },
          ...bounds,
        },
      ],
    ],
    [
      'on aliases of assets, beside assets and in conditions',
      timetable('AssetTriggeredTimetable', {
        asset_condition: {
          __type: 'asset_any',
          objects: [
            asset('a'),
            {
              __type: 'asset_all',
              objects: [{ __type: 'asset_alias', name: 'x' }, asset('b')],
            },
          ],
        },
      }),
      [
        {
          id: 'default',
          timezone: 'UTC',
          assets: {
            mode: 'any',
            names: ['@x', 'a', 'b'],
            parts: ['a', { mode: 'all', parts: ['@x', 'b'] }],
            aliases: ['@x'],
          },
          ...bounds,
        },
      ],
    ],
    [
      'on an asset or a time',
      timetable('airflow.timetables.assets.AssetOrTimeSchedule', {
        asset_condition: { __type: 'asset_any', objects: [asset('a')] },
        timetable: cron('0 1 * * 3'),
      }),
      [
        {
          id: 'default',
          cron: '0 1 * * 3',
          timezone: 'UTC',
          assets: { mode: 'any', names: ['a'] },
          ...exact,
        },
      ],
    ],
  ])('%s', (_what, table, schedules) => {
    expect(of(table)).toEqual(schedules);
  });

  it('keeps end date and catchup, and takes the earliest start of its tasks', () => {
    const { schedules } = compiled(
      { timetable: cron('@daily'), end_date: 2e9, catchup: true },
      [task('a', { start_date: 200 }), task('b', { start_date: 100 })],
    );
    expect(schedules).toEqual([
      {
        id: 'default',
        cron: '@daily',
        timezone: 'UTC',
        startAt: 100_000,
        endAt: 2e12,
        catchup: true,
        interval: { lengthMs: 0 },
      },
    ]);
  });

  it('is never due once without a start date, as in Airflow', () => {
    expect(
      compiled({ timetable: timetable('OnceTimetable') }).schedules,
    ).toEqual([]);
  });

  it.each<[string, Encoded, RegExp]>([
    [
      'a timetable of the folder',
      timetable('plugins.workday.AfterWorkday'),
      /plugins\.workday\.AfterWorkday is Python code.* TriggerDagRunOperator/,
    ],
    [
      'an interval before a due time that goes to a day of the week',
      timetable('airflow.timetables.trigger.CronTriggerTimetable', {
        expression: '0 0 * * *',
        timezone: 'UTC',
        interval: { months: 1, weekday: [0, 1] },
      }),
      /the interval= of its timetable goes to a day of the week/,
    ],
    [
      'one bad expression of several',
      timetable('airflow.timetables.trigger.MultipleCronTriggerTimetable', {
        expressions: ['0 0 * * *', '61 * * * *'],
        timezone: 'UTC',
        interval: 0,
      }),
      /cannot be used: .*61/,
    ],
    [
      '@continuous beside assets',
      timetable('AssetOrTimeSchedule', {
        asset_condition: asset('x'),
        timetable: timetable('ContinuousTimetable'),
      }),
      /@continuous beside assets/,
    ],
    [
      'keys of partitions that only the locale knows',
      partitions({ key_format: '%x' }),
      /key_format "%x" .* has %x/,
    ],
    [
      'by a cron of partitions whose keys hold NUL',
      partitions({ key_format: '%Y\0' }),
      /key_format .* cannot be used: .* NUL/,
    ],
    [
      'by a cron of partitions whose keys are too long',
      partitions({ key_format: `%A${'x'.repeat(242)}` }),
      /key_format .* cannot be used: .* not 251/,
    ],
    [
      'partitions of the far future',
      partitions({ run_offset: 1_001 }),
      /run_offset .* between -1000 and 1000/,
    ],
    ['a bad expression', cron('61 * * * *'), /cannot be used: .*61/],
    ['a fixed offset', cron('0 0 * * *', 3600), /time zone 3600/],
    ...(
      [
        ['a day of the week', { weekday: [4] }, /day of the week \(weekday=\)/],
        ['a day of the month', { months: 1, day: 31 }, /date \(day=\)/],
        ['leap days', { months: 1, leapdays: 1 }, /date \(leapdays=\)/],
        ['a step back', { months: 1, days: -1 }, /backwards \(days=-1\)/],
        ['a part of a month', { months: 0.5 }, /part of a month/],
        ['no length', {}, /interval is none/],
        ['no seconds', 0, /interval is none/],
        ['seconds back', -1, /goes backwards/],
        ['no length at all', null, /cannot be read/],
      ] as const
    ).map(
      ([what, delta, message]) =>
        [
          `an interval with ${what}`,
          timetable('airflow.timetables.trigger.DeltaTriggerTimetable', {
            delta,
          }),
          message,
        ] as [string, ReturnType<typeof timetable>, RegExp],
    ),
    [
      'an asset by its address alone',
      timetable('AssetTriggeredTimetable', {
        asset_condition: { __type: 'asset_ref', uri: 's3://x' },
      }),
      /by asset_ref/,
    ],
    [
      'an alias with a name that Maestro does not take',
      timetable('AssetTriggeredTimetable', {
        asset_condition: { __type: 'asset_alias', name: 'a b' },
      }),
      /"a b" has a name/,
    ],
    [
      'a name that Maestro does not take',
      timetable('AssetTriggeredTimetable', {
        asset_condition: { __type: 'asset_any', objects: [asset('a b')] },
      }),
      /asset "a b"/,
    ],
  ])('says that it cannot say %s', (_what, table, message) => {
    const { definition, problems } = compile({ timetable: table });
    // It can be started by hand.
    expect(definition!.schedules).toEqual([]);
    expect(problems).toEqual([
      {
        file: 'x/d.py',
        line: 7,
        dagId: 'd',
        unscheduled: true,
        message: expect.stringMatching(message),
      },
    ]);
    expect(problems[0].message).toMatch(/; until then it is started by hand/);
  });
});
