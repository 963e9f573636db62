import fc from 'fast-check';
import { DateTime } from 'luxon';
import { at, iso, local, schedule } from '../../__testUtils__/schedules';
import { dueTimes, nextDue, previousDue } from './timetable';

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
