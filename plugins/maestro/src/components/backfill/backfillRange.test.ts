import { instantsOf, lastWeek } from './backfillRange';

const NOW = Date.UTC(2026, 10, 15, 4);

describe('the range of a backfill', () => {
  it('is the last seven days at first', () => {
    expect(lastWeek(NOW, 'UTC')).toEqual({
      from: '2026-11-08',
      to: '2026-11-14',
    });
    // There it is still the day before.
    expect(lastWeek(NOW, 'America/New_York').to).toBe('2026-11-13');
  });

  it('is whole days of the zone, the last one to its end', () => {
    expect(
      instantsOf({ from: '2026-10-25', to: '2026-10-25' }, 'Europe/Berlin'),
    ).toEqual({
      // The day on which clocks go back has 25 hours.
      from: Date.UTC(2026, 9, 24, 22),
      to: Date.UTC(2026, 9, 25, 23) - 1,
    });
  });

  it.each`
    from            | to              | problem
    ${''}           | ${'2026-11-15'} | ${'Both days are needed.'}
    ${'2026-11-15'} | ${''}           | ${'Both days are needed.'}
    ${'2026-13-01'} | ${'2026-11-15'} | ${'Both days are needed.'}
    ${'2026-11-16'} | ${'2026-11-15'} | ${'The last day is before the first one.'}
  `('from "$from" to "$to": $problem', ({ from, to, problem }) => {
    expect(instantsOf({ from, to }, 'UTC')).toEqual({ problem });
  });
});
