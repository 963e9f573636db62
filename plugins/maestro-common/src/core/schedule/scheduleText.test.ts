import { schedule } from '../../__testUtils__/schedules';
import { describeSchedule } from './scheduleText';

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

  it.each([
    [{ months: 1 }, 'Every month from the start date on'],
    [{ months: 3 }, 'Every 3 months from the start date on'],
    [{ months: 12 }, 'Every year from the start date on'],
    [
      { months: 24, ms: 3 * 86_400_000 },
      'Every 2 years and 3 days from the start date on',
    ],
  ])('by the calendar, %j: %s', (everySpan, expected) => {
    expect(
      describeSchedule({ id: 'x', everySpan, timezone: 'UTC', catchup: false }),
    ).toBe(expected);
  });

  it('says that a run follows the end of the last one', () => {
    const continuous = { pauseMs: 90_000 };
    expect(
      describeSchedule({
        id: 'x',
        continuous,
        timezone: 'UTC',
        catchup: false,
      }),
    ).toBe('As soon as the last run is over, 90 seconds later');
  });

  it('says several expressions', () => {
    const several = { ...schedule('0 4 * * 0'), crons: ['0 2 * * *'] };
    expect(describeSchedule(several)).toBe(
      'Sundays at 04:00 UTC, or daily at 02:00 UTC',
    );
    expect(
      describeSchedule({ ...several, crons: Array(4).fill('0 2 * * *') }),
    ).toBe('By 5 cron expressions (UTC)');
  });
});
