import { at, iso, schedule } from '../../__testUtils__/schedules';
import type { ScheduleDefinition } from '../pipeline/definition';
import {
  cronProblem,
  dataInterval,
  dueRange,
  dueTimes,
  logicalDate,
  manualInterval,
  nextDue,
  previousDue,
} from './timetable';

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

describe('intervals of which the start is the logical date', () => {
  const daily = schedule('0 0 * * *', 'UTC', {
    startAt: at('2025-01-03T00:00Z'),
    endAt: at('2025-01-05T00:00Z'),
  });
  const hourly: ScheduleDefinition = {
    ...daily,
    cron: undefined,
    everyMs: 3_600_000,
    startAt: at('2025-01-03T00:30Z'),
    endAt: at('2025-01-03T02:00Z'),
  };
  const HOUR = 3_600_000;

  it.each<[string, ScheduleDefinition, string[]]>([
    [
      'a fixed length: due within start and end date',
      { ...daily, interval: { lengthMs: 6 * HOUR } },
      [
        '2025-01-02T18:00 → 2025-01-03T00:00',
        '2025-01-03T18:00 → 2025-01-04T00:00',
        '2025-01-04T18:00 → 2025-01-05T00:00',
      ],
    ],
    [
      'none: the due time is all of it',
      { ...daily, interval: { lengthMs: 0 } },
      [
        '2025-01-03T00:00 → 2025-01-03T00:00',
        '2025-01-04T00:00 → 2025-01-04T00:00',
        '2025-01-05T00:00 → 2025-01-05T00:00',
      ],
    ],
    [
      'whole: begins within start and end date',
      { ...daily, interval: {} },
      [
        '2025-01-03T00:00 → 2025-01-04T00:00',
        '2025-01-04T00:00 → 2025-01-05T00:00',
        '2025-01-05T00:00 → 2025-01-06T00:00',
      ],
    ],
    [
      'whole, with dates between due times',
      {
        ...daily,
        startAt: at('2025-01-03T00:01Z'),
        endAt: at('2025-01-04T23:59Z'),
        interval: {},
      },
      ['2025-01-04T00:00 → 2025-01-05T00:00'],
    ],
    [
      'whole, and over before the first could begin',
      {
        ...daily,
        startAt: at('2025-01-03T00:01Z'),
        endAt: at('2025-01-03T12:00Z'),
        interval: {},
      },
      [],
    ],
    [
      'whole, counted from the start date',
      { ...hourly, interval: {} },
      [
        '2025-01-03T00:30 → 2025-01-03T01:30',
        '2025-01-03T01:30 → 2025-01-03T02:30',
      ],
    ],
  ])('%s', (_, of, expected) => {
    const due = dueTimes(of, 0, at('2030-01-01T00:00Z'), 99);
    expect(
      due.map(time => {
        const { start, end } = dataInterval(of, time);
        expect(logicalDate(of, time)).toBe(start);
        return `${iso(start)} → ${iso(end)}`;
      }),
    ).toStrictEqual(expected);
    // Backwards they are the same.
    const back: number[] = [];
    let last = previousDue(of, at('2030-01-01T00:00Z'));
    while (last !== undefined) {
      back.unshift(last);
      last = previousDue(of, last);
    }
    expect(back).toStrictEqual(due);
    // A range of logical dates has those whose logical date is in it.
    for (let i = 0; i < 242; i++) {
      const from = at('2025-01-01T23:00Z') + (i * HOUR) / 2;
      for (const length of [-1, 0, 1, HOUR, 11 * HOUR, 24 * HOUR, 60 * HOUR]) {
        const to = from + length;
        const range = dueRange(of, { from, to });
        expect(
          range ? dueTimes(of, range.from - 1, range.to, 99) : [],
        ).toStrictEqual(
          due.filter(
            time =>
              from <= logicalDate(of, time) && logicalDate(of, time) <= to,
          ),
        );
      }
    }
  });

  it('a range of logical dates, where months end', () => {
    const months = { months: 1 };
    const monthly: ScheduleDefinition = {
      ...schedule('0 0 * * *'),
      cron: undefined,
      everySpan: months,
      startAt: at('2024-01-31T06:00Z'),
    };
    const schedules: ScheduleDefinition[] = [
      { ...monthly, interval: {} },
      { ...monthly, interval: { span: months } },
      { ...schedule('0 6 * * *'), interval: { span: months } },
    ];
    for (const of of schedules) {
      const due = dueTimes(of, at('2024-01-01'), at('2025-09-01'), 900);
      for (
        let day = at('2024-02-01');
        day < at('2025-04-01');
        day += 24 * HOUR
      ) {
        for (const days of [0, 1, 29, 60]) {
          const to = day + days * 24 * HOUR - 1;
          const range = dueRange(of, { from: day, to });
          // In whole days of UTC nothing else lies in between.
          expect(
            range ? dueTimes(of, range.from - 1, range.to, 900) : [],
          ).toStrictEqual(
            due.filter(time => {
              const date = logicalDate(of, time);
              return day <= date && date <= to;
            }),
          );
        }
      }
    }
  });

  it('a range of logical dates, where a clock is turned', () => {
    const of = {
      ...schedule('30 2 * * *', 'Europe/Berlin'),
      interval: {},
    };
    const due = dueTimes(of, at('2025-03-28'), at('2025-04-02'), 9);
    for (const [i, time] of due.entries()) {
      const logical = logicalDate(of, time);
      expect(dueRange(of, { from: logical, to: logical })).toStrictEqual({
        from: time,
        to: time,
      });
      expect(
        dueRange(of, { from: logicalDate(of, due[0]), to: logical }),
      ).toStrictEqual({ from: due[0], to: due[i] });
    }
  });

  it('a range of logical dates, where nothing begins any more', () => {
    const dates = {
      ...schedule('0 0 * * *'),
      cron: undefined,
      dates: [at('2025-01-01'), at('2025-01-02')],
      interval: {},
    };
    const range = (from: string, to: string) =>
      dueRange(dates, { from: at(from), to: at(to) });
    expect(range('2025-01-01', '2026-01-01')).toStrictEqual({
      from: at('2025-01-02'),
      to: at('2025-01-02'),
    });
    expect(range('2025-01-02', '2026-01-01')).toBeUndefined();
    expect(range('2024-01-01', '2024-12-31')).toBeUndefined();
    expect(dueRange(daily, { from: 1, to: 2 })).toStrictEqual({
      from: 1,
      to: 2,
    });
  });

  it('without one the logical date is the due time', () => {
    const due = at('2025-01-03T00:00Z');
    expect(logicalDate(daily, due)).toBe(due);
    expect(iso(dataInterval(daily, due).start)).toBe('2025-01-02T00:00');
  });

  it.each<[string, ScheduleDefinition | undefined, string]>([
    ['no schedule', undefined, '2025-01-04T10:15 → 2025-01-04T10:15'],
    ['no interval', daily, '2025-01-04T10:15 → 2025-01-04T10:15'],
    [
      'a length',
      { ...daily, interval: { lengthMs: HOUR } },
      '2025-01-04T09:15 → 2025-01-04T10:15',
    ],
    [
      'the last whole one',
      { ...daily, interval: {} },
      '2025-01-03T00:00 → 2025-01-04T00:00',
    ],
    [
      'a length by the calendar',
      { ...daily, interval: { span: { months: 1, ms: HOUR } } },
      '2024-12-04T09:15 → 2025-01-04T10:15',
    ],
    [
      'what is counted in months',
      {
        ...hourly,
        everyMs: undefined,
        everySpan: { months: 12 },
        interval: {},
      },
      '2024-01-04T10:15 → 2025-01-04T10:15',
    ],
    [
      'what is counted in hours',
      { ...hourly, interval: {} },
      '2025-01-04T09:15 → 2025-01-04T10:15',
    ],
  ])('of a run by hand: %s', (_, of, expected) => {
    const { start, end } = manualInterval(of, at('2025-01-04T10:15Z'));
    expect(`${iso(start)} → ${iso(end)}`).toBe(expected);
  });
});

it('is due at the times of several expressions, each once', () => {
  const several = {
    ...schedule('0 */12 * * *'),
    crons: ['0 0 * * *', '30 1 * * *'],
  };
  const due = dueTimes(
    several,
    at('2025-01-01T00:00Z'),
    at('2025-01-02T02:00Z'),
    9,
  );
  expect(due.map(iso)).toStrictEqual([
    '2025-01-01T01:30',
    '2025-01-01T12:00',
    '2025-01-02T00:00',
    '2025-01-02T01:30',
  ]);
  expect(iso(previousDue(several, due[2]))).toBe('2025-01-01T12:00');
  expect(iso(previousDue(several, due[1]))).toBe('2025-01-01T01:30');
});
