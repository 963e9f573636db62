import { at, iso, schedule } from '../../__testUtils__/schedules';
import type { ScheduleDefinition } from '../pipeline/definition';
import {
  backfillEta,
  dueHistory,
  isInLogicalRange,
  leftOutBecause,
} from './backfill';
import { dueRange, dueTimes, logicalDate } from './timetable';

describe('the due times of a range of logical dates', () => {
  const HOUR = 3_600_000;
  const ofMonths = (cron: string, ms?: number): ScheduleDefinition => ({
    ...schedule(cron),
    interval: { span: { months: 1, ms } },
  });
  const dueOf = (of: ScheduleDefinition, from: number, to: number) => {
    const logical = { from, to };
    const range = dueRange(of, logical);
    return range
      ? dueTimes(of, range.from - 1, range.to, 9_999).filter(due =>
          isInLogicalRange(of, due, logical),
        )
      : [];
  };

  it('are not all that lie between the first and the last', () => {
    const of = ofMonths('0 6,18 * * *');
    expect(
      dueOf(of, at('2025-02-28T12:00Z'), at('2025-02-28T23:59Z')).map(iso),
    ).toStrictEqual([28, 29, 30, 31].map(day => `2025-03-${day}T18:00`));
    expect(
      dueOf(of, at('2025-02-27T12:00Z'), at('2025-02-28T12:00Z')).map(iso),
    ).toStrictEqual([
      '2025-03-27T18:00',
      ...[28, 29, 30, 31].map(day => `2025-03-${day}T06:00`),
    ]);
  });

  it.each([
    ['months', ofMonths('0 */6 * * *')],
    ['months and days', ofMonths('0 */6 * * *', 20 * 24 * HOUR)],
    [
      'months in a time zone',
      { ...ofMonths('0 */6 * * *'), timezone: 'America/New_York' },
    ],
    ['whole ones', { ...schedule('0 */6 * * *'), interval: {} }],
    [
      'six hours',
      { ...schedule('0 */6 * * *'), interval: { lengthMs: 6 * HOUR } },
    ],
    ['none', schedule('0 */6 * * *')],
  ])(
    'are those whose logical date is in it, wherever it begins and ends: %s',
    (_, of) => {
      const all = dueTimes(of, at('2024-12-01'), at('2025-06-15'), 9_999).map(
        due => ({ due, date: logicalDate(of, due) }),
      );
      for (let i = 0; i < 60; i++) {
        // Through the ends of February and of March, by all hours of a day.
        const from = at('2025-01-25T00:00Z') + i * 31 * HOUR;
        for (const length of [0, 5, 13, 40, 100]) {
          const to = from + length * HOUR;
          expect(dueOf(of, from, to)).toStrictEqual(
            all
              .filter(({ date }) => from <= date && date <= to)
              .map(({ due }) => due),
          );
        }
      }
    },
  );
});

describe('what became of a due time', () => {
  it.each`
    runs                      | history
    ${[]}                     | ${'none'}
    ${['queued']}             | ${'live'}
    ${['running']}            | ${'live'}
    ${['success', 'running']} | ${'live'}
    ${['failed', 'success']}  | ${'success'}
    ${['success', 'failed']}  | ${'success'}
    ${['deleted', 'success']} | ${'success'}
    ${['failed', 'failed']}   | ${'failed'}
    ${['failed', 'deleted']}  | ${'failed'}
    ${['deleted']}            | ${'deleted'}
    ${['deleted', 'queued']}  | ${'live'}
  `('with runs $runs is $history', ({ runs, history }) => {
    expect(dueHistory(runs)).toBe(history);
  });
});

describe('a backfill', () => {
  it.each`
    history      | missing        | failed         | missingOrFailed | all
    ${'none'}    | ${'runs'}      | ${'never_ran'} | ${'runs'}       | ${'runs'}
    ${'failed'}  | ${'failed'}    | ${'runs'}      | ${'runs'}       | ${'runs'}
    ${'success'} | ${'succeeded'} | ${'succeeded'} | ${'succeeded'}  | ${'runs'}
    ${'deleted'} | ${'deleted'}   | ${'deleted'}   | ${'deleted'}    | ${'runs'}
    ${'live'}    | ${'in_flight'} | ${'in_flight'} | ${'in_flight'}  | ${'in_flight'}
  `(
    'does with $history: missing $missing, failed $failed, both $missingOrFailed, all $all',
    ({ history, missing, failed, missingOrFailed, all }) => {
      const decide = (only: Parameters<typeof leftOutBecause>[0]) =>
        leftOutBecause(only, history) ?? 'runs';
      expect([
        decide('missing'),
        decide('failed'),
        decide('missing-or-failed'),
        decide('all'),
      ]).toStrictEqual([missing, failed, missingOrFailed, all]);
    },
  );

  it.each`
    waiting | live | maxActive | typicalMs    | paused   | eta
    ${10}   | ${0} | ${2}      | ${100}       | ${false} | ${1500}
    ${10}   | ${2} | ${2}      | ${100}       | ${false} | ${1550}
    ${3}    | ${0} | ${2}      | ${100}       | ${false} | ${1200}
    ${0}    | ${1} | ${2}      | ${100}       | ${false} | ${1050}
    ${0}    | ${0} | ${2}      | ${100}       | ${false} | ${undefined}
    ${10}   | ${0} | ${2}      | ${undefined} | ${false} | ${undefined}
    ${10}   | ${0} | ${2}      | ${100}       | ${true}  | ${undefined}
  `(
    'with $waiting waiting, $live live of $maxActive, $typicalMs each, paused $paused, is through at $eta',
    ({ eta, ...facts }) => {
      expect(backfillEta({ now: 1000, ...facts })).toBe(eta);
    },
  );
});

it('has an end also while as many wait as run', () => {
  expect(
    backfillEta({
      now: 1_000,
      waiting: 2,
      live: 2,
      maxActive: 2,
      typicalMs: 100,
      paused: false,
    }),
  ).toBe(1_150);
});
