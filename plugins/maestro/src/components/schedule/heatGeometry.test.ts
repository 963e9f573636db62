import {
  heat,
  heatRange,
  instantAt,
  stepSpan,
  timeMarks,
} from './heatGeometry';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const from = Date.UTC(2026, 10, 15, 4, 6);

describe('the picture of the schedule', () => {
  it('reaches over whole steps', () => {
    expect(
      heatRange({ from, until: from + DAY, stepMs: HOUR } as never),
    ).toEqual({
      from: Date.UTC(2026, 10, 15, 4),
      until: Date.UTC(2026, 10, 16, 5),
      stepMs: HOUR,
    });
  });

  it('has steps of one width, side by side', () => {
    const range = { from: 0, until: 4 * HOUR, stepMs: HOUR };
    expect(stepSpan(0, range)).toEqual({ left: 0, width: 25 });
    expect(stepSpan(3 * HOUR, range)).toEqual({ left: 75, width: 25 });
    expect(instantAt(2 * HOUR, range)).toBe(50);
    expect(instantAt(5 * HOUR, range)).toBeUndefined();
  });

  it.each`
    runs   | most   | dark
    ${1}   | ${1}   | ${0.55}
    ${1}   | ${101} | ${0.2}
    ${26}  | ${101} | ${0.6}
    ${101} | ${101} | ${1}
  `(
    'is $dark dark where $runs of at most $most start',
    ({ runs, most, dark }) => {
      expect(heat(runs, most)).toBeCloseTo(dark);
    },
  );
});

describe('marks of time', () => {
  const words = (days: number, zone: string) =>
    timeMarks({ from, until: from + days * DAY, stepMs: HOUR }, zone).map(
      ({ word }) => word,
    );

  it('are hours of a day', () => {
    expect(words(1, 'UTC')).toEqual([
      '06:00',
      '09:00',
      '12:00',
      '15:00',
      '18:00',
      '21:00',
      'Mon 16 Nov',
      '03:00',
    ]);
  });

  it('are days of a week, and some of the days of a quarter', () => {
    expect(words(7, 'UTC')).toHaveLength(7);
    expect(words(7, 'UTC')[0]).toBe('Mon 16 Nov');
    expect(words(90, 'UTC').length).toBeLessThanOrEqual(12);
    expect(words(90, 'UTC')[0]).toBe('16 Nov');
  });

  it('are midnights of the zone, also over a change of clocks', () => {
    const range = {
      from: Date.UTC(2026, 9, 23),
      until: Date.UTC(2026, 9, 28),
      stepMs: HOUR,
    };
    expect(
      timeMarks(range, 'Europe/Berlin').map(({ at }) =>
        new Date(at).toISOString().slice(0, 16),
      ),
    ).toEqual([
      '2026-10-23T22:00',
      '2026-10-24T22:00',
      '2026-10-25T23:00',
      '2026-10-26T23:00',
      '2026-10-27T23:00',
    ]);
  });
});
