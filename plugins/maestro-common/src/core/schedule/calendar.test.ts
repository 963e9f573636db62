import fc from 'fast-check';
import type { ScheduleDefinition } from '../pipeline/definition';
import { describeSchedule } from './scheduleText';
import { dataInterval, dueTimes, nextDue, previousDue } from './timetable';

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

describe('calendars', () => {
  const weekdays = { days: [1, 2, 3, 4, 5] };

  it('passes over weekends and holidays, forwards and backwards', () => {
    const daily = schedule('0 9 * * *', 'Europe/Berlin', {
      ...weekdays,
      except: ['2026-12-25'],
    });
    // Thursday the 24th, then Monday the 28th: Christmas Day and a weekend.
    const days = dueTimes(
      daily,
      at('2026-12-23T12:00Z'),
      at('2026-12-30T00:00Z'),
      9,
    );
    expect(days.map(iso)).toStrictEqual([
      '2026-12-24T08:00',
      '2026-12-28T08:00',
      '2026-12-29T08:00',
    ]);
    expect(iso(previousDue(daily, at('2026-12-28T08:00Z')))).toBe(
      '2026-12-24T08:00',
    );
    expect(iso(dataInterval(daily, at('2026-12-28T08:00Z')).start)).toBe(
      '2026-12-24T08:00',
    );
  });

  it('takes the day of the time zone, not that of UTC', () => {
    // Friday 23:30 in New York is Saturday in UTC.
    const late = schedule('30 23 * * *', 'America/New_York', weekdays);
    expect(iso(nextDue(late, at('2026-11-27T05:00Z')))).toBe(
      '2026-11-28T04:30',
    );
  });

  it('passes over a day of a schedule by the second as a whole', () => {
    const asked: number[] = [];
    const days = Object.assign([...weekdays.days], {
      includes(day: number) {
        asked.push(day);
        return weekdays.days.includes(day);
      },
    });
    const often: ScheduleDefinition = {
      id: 's',
      everyMs: 1000,
      timezone: 'UTC',
      catchup: false,
      days,
    };
    expect(iso(nextDue(often, at('2026-11-27T23:59:59Z')))).toBe(
      '2026-11-30T00:00',
    );
    // Saturday, Sunday, Monday: not each of their seconds.
    expect(asked).toStrictEqual([6, 0, 1]);
  });

  it('is never due on a calendar without such days', () => {
    expect(nextDue(schedule('0 9 * * 0', 'UTC', weekdays), 0)).toBeUndefined();
  });

  it.each([
    // The first and the last instant of a day belong to it.
    ['0 0 * * *', '2026-01-06T00:00', '2026-01-04T00:00'],
    ['59 23 * * *', '2026-01-06T23:59', '2026-01-04T23:59'],
    ['0 */12 * * *', '2026-01-06T00:00', '2026-01-04T12:00'],
  ])('%s passes over one day and no more', (cron, next, previous) => {
    const daily = schedule(cron, 'UTC', { except: ['2026-01-05'] });
    expect(iso(nextDue(daily, at('2026-01-04T23:59Z')))).toBe(next);
    expect(iso(previousDue(daily, at('2026-01-06T00:00Z')))).toBe(previous);
  });

  it('passes over days of several dates, and ends behind the last', () => {
    const dates = ['2026-01-01', '2026-01-02', '2026-01-03'].map(day =>
      at(`${day}T12:00Z`),
    );
    const listed: ScheduleDefinition = {
      id: 'd',
      dates,
      timezone: 'UTC',
      catchup: false,
      except: ['2026-01-02', '2026-01-03'],
    };
    expect(nextDue(listed, 0)).toBe(dates[0]);
    expect(nextDue(listed, dates[0])).toBeUndefined();
    expect(previousDue(listed, dates[2] + 1)).toBe(dates[0]);
    expect(previousDue({ ...listed, days: [0] }, dates[2])).toBeUndefined();
  });

  it('agrees forwards and backwards (property)', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
        fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
        (days, from) => {
          const hourly = schedule('30 */5 * * *', 'Europe/Berlin', { days });
          const first = nextDue(hourly, from)!;
          const second = nextDue(hourly, first)!;
          expect(previousDue(hourly, second)).toBe(first);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('explicit dates', () => {
  const dates = [at('2026-01-01T00:00Z'), at('2026-06-01T00:00Z')];
  const explicit: ScheduleDefinition = {
    id: 'd',
    dates,
    timezone: 'UTC',
    catchup: false,
  };

  it('are due once each, and then never again', () => {
    expect(dueTimes(explicit, 0, at('2030-01-01T00:00Z'), 9)).toStrictEqual(
      dates,
    );
    expect(nextDue(explicit, dates[1])).toBeUndefined();
    expect(previousDue(explicit, dates[1])).toBe(dates[0]);
    expect(previousDue(explicit, dates[0])).toBeUndefined();
    expect(dataInterval(explicit, dates[0])).toStrictEqual({
      start: dates[0],
      end: dates[0],
    });
  });

  it.each<[Partial<ScheduleDefinition>, string]>([
    [{ dates }, 'On 2 dates'],
    [{ dates: [dates[0]] }, 'On 1 date'],
    [
      { cron: '0 9 * * *', except: ['2026-12-25', '2026-12-26'] },
      'Daily at 09:00 UTC, except 2 days',
    ],
    [
      { cron: '0 9 * * *', jitterMs: 3_600_000 },
      'Daily at 09:00 UTC, spread over 1 hour',
    ],
    [
      { cron: '0 9 * * *', ...{ days: [1, 2, 3, 4, 5] } },
      'Daily at 09:00 UTC, only Mondays to Fridays',
    ],
    [
      { cron: '0 9 * * *', days: [0, 6], except: ['2026-12-26'] },
      'Daily at 09:00 UTC, only Sundays, Saturdays, except 1 day',
    ],
    [
      { cron: '0 9 * * *', jitterMs: 300_000 },
      'Daily at 09:00 UTC, spread over 5 minutes',
    ],
    [
      { cron: '0 9 * * *', when: "vars.on == 'yes'" },
      "Daily at 09:00 UTC, when vars.on == 'yes'",
    ],
  ])('%j in words', (of, words) => {
    expect(
      describeSchedule({ id: 'x', timezone: 'UTC', catchup: false, ...of }),
    ).toBe(words);
  });
});
