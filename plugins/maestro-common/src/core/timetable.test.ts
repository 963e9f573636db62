import fc from 'fast-check';
import { DateTime } from 'luxon';
import type { ScheduleDefinition } from './definition';
import { describeSchedule } from './scheduleText';
import {
  cronProblem,
  dataInterval,
  dueTimes,
  nextDue,
  previousDue,
} from './timetable';

const schedule = (
  cron: string,
  timezone = 'UTC',
  rest: Partial<ScheduleDefinition> = {},
): ScheduleDefinition => ({
  id: 'default',
  cron,
  timezone,
  catchup: false,
  ...rest,
});

const at = (iso: string) => Date.parse(iso);
const iso = (ms: number | undefined) =>
  ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 16);

/** Due times within [from, to], as local time with offset. */
function local(cron: string, zone: string, from: string, to: string): string[] {
  return dueTimes(
    schedule(cron, zone),
    DateTime.fromISO(from, { zone }).toMillis() - 1,
    DateTime.fromISO(to, { zone }).toMillis(),
    10_000,
  ).map(ms =>
    DateTime.fromMillis(ms, { zone }).toFormat("yyyy-MM-dd'T'HH:mmZZ"),
  );
}

describe('due times', () => {
  it.each([
    ['0 4 * * 0', '2025-01-05T04:00Z', '2025-01-12T04:00'],
    ['0 4 * * 0', '2025-01-05T03:59:59.999Z', '2025-01-05T04:00'],
    ['0 2 * * *', '2024-12-31T02:00Z', '2025-01-01T02:00'],
    ['0 */6 * * *', '2025-01-01T00:00Z', '2025-01-01T06:00'],
    ['@daily', '2025-01-01T00:00Z', '2025-01-02T00:00'],
    ['@hourly', '2025-01-01T00:00Z', '2025-01-01T01:00'],
    ['@weekly', '2025-01-01T00:00Z', '2025-01-05T00:00'],
    ['@monthly', '2025-01-01T00:00Z', '2025-02-01T00:00'],
    ['@yearly', '2025-01-01T00:00Z', '2026-01-01T00:00'],
    ['0 0 29 2 *', '2025-01-01T00:00Z', '2028-02-29T00:00'],
    ['0 0 L * *', '2025-02-01T00:00Z', '2025-02-28T00:00'],
    ['0 0 * * FRI#2', '2025-01-01T00:00Z', '2025-01-10T00:00'],
    ['5/20 * * * *', '2025-01-01T00:26Z', '2025-01-01T00:45'],
  ])('%s after %s: %s', (cron, after, expected) => {
    expect(iso(nextDue(schedule(cron), at(after)))).toBe(expected);
  });

  it('takes either day when both day fields are restricted, as Vixie cron', () => {
    expect(
      dueTimes(
        schedule('0 0 13 * 5'),
        at('2025-06-01T00:00Z'),
        at('2025-06-30T00:00Z'),
        99,
      ).map(iso),
    ).toStrictEqual(
      [6, 13, 20, 27].map(day => `2025-06-${`${day}`.padStart(2, '0')}T00:00`),
    );
    expect(iso(nextDue(schedule('0 0 14 * 5'), at('2025-06-13T00:00Z')))).toBe(
      '2025-06-14T00:00',
    );
  });

  it('stays within start and end date, both included', () => {
    const bounded = schedule('0 0 * * *', 'UTC', {
      startAt: at('2025-01-03T00:00Z'),
      endAt: at('2025-01-05T00:00Z'),
    });
    expect(
      dueTimes(bounded, 0, at('2030-01-01T00:00Z'), 99).map(iso),
    ).toStrictEqual([
      '2025-01-03T00:00',
      '2025-01-04T00:00',
      '2025-01-05T00:00',
    ]);
    expect(previousDue(bounded, at('2025-01-03T00:00Z'))).toBeUndefined();
    expect(iso(previousDue(bounded, at('2030-01-01T00:00Z')))).toBe(
      '2025-01-05T00:00',
    );
    expect(nextDue(bounded, at('2025-01-05T00:00Z'))).toBeUndefined();
    expect(iso(previousDue(bounded, at('2025-01-03T00:01Z')))).toBe(
      '2025-01-03T00:00',
    );
  });

  it.each([undefined, 0, -1, NaN])(
    'refuses a schedule without times, every %s ms',
    everyMs => {
      expect(() =>
        nextDue({ ...schedule(''), cron: undefined, everyMs }, 0),
      ).toThrow(
        'Schedule "default" has neither a cron expression nor an interval above zero',
      );
    },
  );

  it('stops at the limit', () => {
    expect(
      dueTimes(schedule('* * * * *'), 0, at('2025-01-01'), 3),
    ).toStrictEqual([60_000, 120_000, 180_000]);
  });

  it('counts an interval from the start date', () => {
    const every = {
      id: 'default',
      everyMs: 90 * 60_000,
      timezone: 'UTC',
      startAt: at('2025-01-01T00:10Z'),
      catchup: false,
    };
    expect(
      dueTimes(every, 0, at('2025-01-01T05:00Z'), 99).map(iso),
    ).toStrictEqual([
      '2025-01-01T00:10',
      '2025-01-01T01:40',
      '2025-01-01T03:10',
      '2025-01-01T04:40',
    ]);
    expect(previousDue(every, at('2025-01-01T00:10Z'))).toBeUndefined();
    expect(dataInterval(every, at('2025-01-01T01:40Z'))).toStrictEqual({
      start: at('2025-01-01T00:10Z'),
      end: at('2025-01-01T01:40Z'),
    });
  });

  it('has the due time before as start of the data interval', () => {
    const sunday = schedule('0 4 * * 0', 'UTC', {
      startAt: at('2025-01-12T00:00Z'),
    });
    expect(dataInterval(sunday, at('2025-01-12T04:00Z'))).toStrictEqual({
      start: at('2025-01-05T04:00Z'),
      end: at('2025-01-12T04:00Z'),
    });
  });

  it.each([
    ['61 * * * *', /minute/],
    ['* * * *', /has 4 fields, expected five/],
    ['* * * * * *', /has 6 fields, expected five/],
    ['', /has 0 fields/],
    ['@reboot', /Unknown cron preset "@reboot"/],
    ['? * * * *', /contains "\?"/],
    ['0 4 1 * +1', /contains "\+"/],
    ['0 0 30 2 *', /is never due/],
    ['0 0 * * FUNDAY', /is not valid/],
  ])('says what is wrong with %j', (cron, expected) => {
    expect(cronProblem(cron)).toMatch(expected);
  });

  it('finds nothing wrong with a leap day', () => {
    expect(cronProblem('0 0 29 2 *')).toBeUndefined();
  });

  it('refuses an unknown time zone', () => {
    expect(() => nextDue(schedule('0 0 * * *', 'Mars/Olympus'), 0)).toThrow(
      'Unknown time zone "Mars/Olympus"',
    );
  });
});

describe('one due time around a change of the clock', () => {
  const berlin = (cron: string) => schedule(cron, 'Europe/Berlin');
  it.each([
    // The second pass of 02:00 to 03:00 begins at 01:00 UTC.
    ['30 2 * * *', '2025-10-26T01:10Z', '2025-10-26T00:30', '2025-10-27T01:30'],
    ['45 2 * * *', '2025-10-26T01:00Z', '2025-10-26T00:45', '2025-10-27T01:45'],
    // The gap of spring ends at 01:00 UTC.
    ['30 2 * * *', '2025-03-30T01:00Z', '2025-03-29T01:30', '2025-03-31T00:30'],
    // Hours that are far apart.
    ['0 * 1 * *', '2025-06-10T00:00Z', '2025-06-01T21:00', '2025-06-30T22:00'],
  ])('%s around %s: %s and %s', (cron, around, previous, next) => {
    expect(iso(previousDue(berlin(cron), at(around)))).toBe(previous);
    expect(iso(nextDue(berlin(cron), at(around)))).toBe(next);
  });

  it.each([
    ['2025-04-05T15:00Z', '2025-04-05T14:00', '2025-04-05T15:30'],
    ['2025-04-05T15:40Z', '2025-04-05T15:30', '2025-04-05T16:30'],
    ['2025-10-04T16:10Z', '2025-10-04T16:00', '2025-10-04T17:00'],
  ])('every hour where it moves by half of one: around %s', (...row) => {
    const [around, previous, next] = row;
    const hourly = schedule('0 * * * *', 'Australia/Lord_Howe');
    const before = previousDue(hourly, at(around))!;
    expect([iso(before), iso(nextDue(hourly, at(around)))]).toStrictEqual([
      previous,
      next,
    ]);
  });
});

describe('the daylight saving rule', () => {
  it.each<[string, string, string, string, string, string[]]>([
    [
      'a time in the gap fires at the first instant after it',
      '30 2 * * *',
      'America/New_York',
      '2025-03-08',
      '2025-03-10T23:00',
      [
        '2025-03-08T02:30-05:00',
        '2025-03-09T03:00-04:00',
        '2025-03-10T02:30-04:00',
      ],
    ],
    [
      'several times in the gap are one, also with one due right after it',
      '0,15,30 2,3 * * *',
      'America/New_York',
      '2025-03-09',
      '2025-03-09T23:00',
      [
        '2025-03-09T03:00-04:00',
        '2025-03-09T03:15-04:00',
        '2025-03-09T03:30-04:00',
      ],
    ],
    [
      'a repeated time fires in its first pass',
      '30 1 * * *',
      'America/New_York',
      '2025-11-01',
      '2025-11-03T23:00',
      [
        '2025-11-01T01:30-04:00',
        '2025-11-02T01:30-04:00',
        '2025-11-03T01:30-05:00',
      ],
    ],
    [
      'every hour follows elapsed time through the gap',
      '30 * * * *',
      'America/New_York',
      '2025-03-09',
      '2025-03-09T04:00',
      [
        '2025-03-09T00:30-05:00',
        '2025-03-09T01:30-05:00',
        '2025-03-09T03:30-04:00',
      ],
    ],
    [
      'every half hour follows elapsed time through the repeated hour',
      '*/30 * * * *',
      'America/New_York',
      '2025-11-02T01:00-04:00',
      '2025-11-02T02:00',
      [
        '2025-11-02T01:00-04:00',
        '2025-11-02T01:30-04:00',
        '2025-11-02T01:00-05:00',
        '2025-11-02T01:30-05:00',
        '2025-11-02T02:00-05:00',
      ],
    ],
    [
      'London, spring',
      '30 1 * * *',
      'Europe/London',
      '2025-03-30',
      '2025-03-31T12:00',
      ['2025-03-30T02:00+01:00', '2025-03-31T01:30+01:00'],
    ],
    [
      'London, autumn',
      '0 1 * * *',
      'Europe/London',
      '2025-10-26',
      '2025-10-27T12:00',
      ['2025-10-26T01:00+01:00', '2025-10-27T01:00+00:00'],
    ],
    [
      'every six hours loses nothing where midnight is in the gap',
      '0 */6 * * *',
      'Africa/Cairo',
      '2025-04-24T18:00',
      '2025-04-25T12:00',
      [
        '2025-04-24T18:00+02:00',
        '2025-04-25T01:00+03:00',
        '2025-04-25T06:00+03:00',
        '2025-04-25T12:00+03:00',
      ],
    ],
    [
      'Lord Howe: a gap of half an hour',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2025-10-05',
      '2025-10-06T12:00',
      ['2025-10-05T02:30+11:00', '2025-10-06T02:15+11:00'],
    ],
    [
      'Lord Howe: half an hour repeated',
      '*/15 1 * * *',
      'Australia/Lord_Howe',
      '2025-04-06',
      '2025-04-06T12:00',
      [
        '2025-04-06T01:00+11:00',
        '2025-04-06T01:15+11:00',
        '2025-04-06T01:30+11:00',
        '2025-04-06T01:45+11:00',
      ],
    ],
    [
      'Lord Howe: elapsed time in the repeated half hour',
      '*/15 * * * *',
      'Australia/Lord_Howe',
      '2025-04-06T01:30',
      '2025-04-06T02:00',
      [
        '2025-04-06T01:30+11:00',
        '2025-04-06T01:45+11:00',
        '2025-04-06T01:30+10:30',
        '2025-04-06T01:45+10:30',
        '2025-04-06T02:00+10:30',
      ],
    ],
    [
      'Apia: the day that was left out gives one run, when it would have been over',
      '0 4 * * *',
      'Pacific/Apia',
      '2011-12-29',
      '2012-01-01T00:00',
      [
        '2011-12-29T04:00-10:00',
        '2011-12-31T00:00+14:00',
        '2011-12-31T04:00+14:00',
      ],
    ],
    [
      'Apia: every hour goes on without a pause',
      '0 * * * *',
      'Pacific/Apia',
      '2011-12-29T22:00',
      '2011-12-31T01:00',
      [
        '2011-12-29T22:00-10:00',
        '2011-12-29T23:00-10:00',
        '2011-12-31T00:00+14:00',
        '2011-12-31T01:00+14:00',
      ],
    ],
    [
      'Kathmandu: an offset of 5:45 and no daylight saving',
      '0 4 * * *',
      'Asia/Kathmandu',
      '2025-03-30',
      '2025-03-31T12:00',
      ['2025-03-30T04:00+05:45', '2025-03-31T04:00+05:45'],
    ],
  ])('%s (%s in %s)', (_, cron, zone, from, to, expected) => {
    expect(local(cron, zone, from, to)).toStrictEqual(expected);
  });

  // Written the slow way: look at the clock at every minute.
  function byLookingAtTheClock(
    cron: string,
    wallAt: (ms: number) => number,
    from: number,
    to: number,
  ): number[] {
    const due: number[] = [];
    const [minutes, hours] = cron.split(' ');
    const everyHour = hours === '*';
    const matches = (wall: number) => {
      const date = new Date(wall);
      return (
        (minutes === '*' ||
          minutes.split(',').map(Number).includes(date.getUTCMinutes())) &&
        (everyHour || hours.split(',').map(Number).includes(date.getUTCHours()))
      );
    };
    let shown = wallAt(from);
    for (let now = from + 60_000; now <= to; now += 60_000) {
      const wall = wallAt(now);
      if (everyHour) {
        if (matches(wall)) due.push(now);
        continue;
      }
      let fires = false;
      for (let passed = shown + 60_000; passed <= wall; passed += 60_000) {
        fires = fires || matches(passed);
      }
      if (fires) due.push(now);
      shown = Math.max(shown, wall);
    }
    return due;
  }

  const changes: Array<[string, string]> = [
    ['America/New_York', '2025-03-09T07:00Z'],
    ['America/New_York', '2025-11-02T06:00Z'],
    ['Europe/London', '2025-03-30T01:00Z'],
    ['Europe/London', '2025-10-26T01:00Z'],
    ['Australia/Lord_Howe', '2025-10-04T15:30Z'],
    ['Australia/Lord_Howe', '2025-04-05T15:00Z'],
    ['Pacific/Apia', '2011-12-30T10:00Z'],
    ['Asia/Kathmandu', '2025-05-01T00:00Z'],
  ];

  it.each(changes)(
    'is what a watcher of the clock sees: %s, %s',
    (zone, when) => {
      const from = at(when) - 30 * 3_600_000;
      const to = at(when) + 30 * 3_600_000;
      const walls = new Map<number, number>();
      const wallAt = (ms: number): number => {
        const wall =
          walls.get(ms) ??
          ms + DateTime.fromMillis(ms, { zone }).offset * 60_000;
        walls.set(ms, wall);
        return wall;
      };
      for (const cron of [
        '* * * * *',
        '0 * * * *',
        '30 * * * *',
        '0,20,40 * * * *',
        '30 2 * * *',
        '30 1 * * *',
        '0 0 * * *',
        '15,45 0,1,2,3 * * *',
        '* 1 * * *',
        '0 0,6,12,18 * * *',
      ]) {
        const expected = byLookingAtTheClock(cron, wallAt, from, to);
        const answer = dueTimes(schedule(cron, zone), from, to, 1e6);
        expect([cron, answer.map(iso)]).toStrictEqual([
          cron,
          expected.map(iso),
        ]);
      }
    },
  );

  const arbitrarySchedule = fc
    .record({
      minute: fc.constantFrom('0', '30', '*', '*/15', '7,37', '59'),
      hour: fc.constantFrom('*', '0', '1', '2', '3', '*/6', '1-3', '23'),
      days: fc.constantFrom(
        '* * *',
        '* * 0',
        '1 * *',
        '13 * 5',
        '31 * *',
        '* 3,11 *',
        '29 2 *',
      ),
      zone: fc.constantFrom(
        'UTC',
        'America/New_York',
        'Europe/London',
        'Australia/Lord_Howe',
        'Pacific/Apia',
        'Asia/Kathmandu',
        'Africa/Cairo',
        'America/Havana',
        'America/Sao_Paulo',
      ),
    })
    .map(({ minute, hour, days, zone }) =>
      schedule(`${minute} ${hour} ${days}`, zone),
    );
  const instant = fc.oneof(
    fc.integer({ min: at('1995-01-01'), max: at('2037-01-01') }),
    // Around changes of the clock, to the second.
    fc
      .tuple(
        fc.constantFrom(...changes.map(([, when]) => at(when))),
        fc.integer({ min: -100_000, max: 100_000 }),
      )
      .map(([change, seconds]) => change + seconds * 1000),
  );

  it('strictly increases, and forwards and backwards agree', () => {
    fc.assert(
      fc.property(arbitrarySchedule, instant, (s, from) => {
        const times = dueTimes(s, from, Infinity, 6);
        expect(times).toHaveLength(6);
        let last = from;
        for (const due of times) {
          expect(due).toBeGreaterThan(last);
          // Nothing between two due times, seen from either side.
          expect(nextDue(s, due - 1)).toBe(due);
          expect(previousDue(s, due + 1)).toBe(due);
          expect(nextDue(s, previousDue(s, due)!)).toBe(due);
          last = due;
        }
        expect(nextDue(s, times[0] - 1 - ((times[0] - 1 - from) % 997))).toBe(
          times[0],
        );
      }),
      { numRuns: 400 },
    );
  });

  it('has one outcome per wall time that a schedule with hours names', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 23 }),
        fc.constantFrom(...changes),
        (hour, [zone, when]) => {
          const s = schedule(`0 ${hour} * * *`, zone);
          const from = at(when) - 5 * 86_400_000;
          const to = at(when) + 5 * 86_400_000;
          const wall = (ms: number) =>
            ms + DateTime.fromMillis(ms, { zone }).offset * 60_000;
          // As many runs as the calendar on the wall has such times.
          const named = dueTimes(
            schedule(`0 ${hour} * * *`),
            wall(from),
            wall(to),
            99,
          );
          // In Apia midnight of the 30th and of the 31st are one instant.
          const merged = zone === 'Pacific/Apia' && hour === 0 ? 1 : 0;
          expect(dueTimes(s, from, to, 99)).toHaveLength(named.length - merged);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('describeSchedule', () => {
  it.each([
    ['0 4 * * 0', 'UTC', 'Sundays at 04:00 UTC'],
    ['0 2 * * *', 'Europe/Berlin', 'Daily at 02:00 Europe/Berlin'],
    ['@daily', 'UTC', 'Daily at 00:00 UTC'],
    ['30 4 * * 1,3,5', 'UTC', 'Mondays, Wednesdays and Fridays at 04:30 UTC'],
    ['0 */6 * * *', 'UTC', 'Every 6 hours (UTC)'],
    ['*/15 * * * *', 'UTC', 'Every 15 minutes'],
    ['@hourly', 'UTC', 'Every hour'],
    ['30 4 1 * *', 'UTC', 'At 04:30, on day 1 of the month (UTC)'],
    [
      '0 4 13 * 5',
      'UTC',
      'At 04:00, on day 13 of the month or on Friday (UTC)',
    ],
    ['10 10 * * *', 'UTC', 'Daily at 10:10 UTC'],
    ['*/15 9 * * *', 'UTC', 'Every 15 minutes, between 09:00 and 09:59 (UTC)'],
    [
      '5,10 9 * * *',
      'UTC',
      'At 5 and 10 minutes past the hour, at 09:00 (UTC)',
    ],
    ['0 9,12 * * *', 'UTC', 'At 09:00 and 12:00 (UTC)'],
    ['0 */12 * * *', 'UTC', 'Every 12 hours (UTC)'],
    ['0 0-5/2 * * *', 'UTC', 'Every 2 hours, between 00:00 and 05:00 (UTC)'],
    ['0 9 * 3 *', 'UTC', 'At 09:00, only in March (UTC)'],
    [
      '0 9 1 3 *',
      'UTC',
      'At 09:00, on day 1 of the month, only in March (UTC)',
    ],
    [
      '0 9 * 3 1#2',
      'UTC',
      'At 09:00, on the second Monday of the month, only in March (UTC)',
    ],
    ['0 9 * * 1-5', 'UTC', 'At 09:00, Monday through Friday (UTC)'],
    [
      '0 9 * * 1-5,0',
      'UTC',
      'At 09:00, only on Monday through Friday and Sunday (UTC)',
    ],
    [
      '0 9 * * 0,1-5',
      'UTC',
      'At 09:00, only on Sunday and Monday through Friday (UTC)',
    ],
    [
      '0 9 1 * 1-5',
      'UTC',
      'At 09:00, on day 1 of the month or Monday through Friday (UTC)',
    ],
    [
      '0 9 1 * 1#2',
      'UTC',
      'At 09:00, on day 1 of the month or on the second Monday of the month (UTC)',
    ],
    [
      '0 9 L * 5',
      'UTC',
      'At 09:00, on the last day of the month or on Friday (UTC)',
    ],
    [
      '0 9 1 3 1',
      'UTC',
      'At 09:00, on day 1 of the month or on Monday, only in March (UTC)',
    ],
    [
      '5 * 1 * *',
      'UTC',
      'At 5 minutes past the hour, on day 1 of the month (UTC)',
    ],
    ['5 * * * 1', 'UTC', 'At 5 minutes past the hour, only on Monday (UTC)'],
    ['5 * * 3 *', 'UTC', 'At 5 minutes past the hour, only in March (UTC)'],
  ])('%s in %s: %s', (cron, zone, expected) => {
    expect(describeSchedule(schedule(cron, zone))).toBe(expected);
  });

  it.each([
    [21_600_000, 'Every 6 hours'],
    [5_400_000, 'Every 90 minutes'],
    [86_400_000, 'Every day'],
    [1_500, 'Every 1500 milliseconds'],
  ])('every %d ms: %s', (everyMs, expected) => {
    expect(
      describeSchedule({ id: 'x', everyMs, timezone: 'UTC', catchup: false }),
    ).toBe(expected);
  });
});
