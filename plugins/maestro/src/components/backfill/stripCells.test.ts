import { stripCells, type StripItem } from './stripCells';

const HOUR = 3_600_000;
const from = Date.UTC(2026, 0, 1);
const items = (n: number, everyMs: number): StripItem[] =>
  Array.from({ length: n }, (_, i) => ({
    at: from + i * everyMs,
    tone: i % 2 === 0 ? 'will_run' : 'left_out',
  }));

describe('stripCells', () => {
  it('are the due times, with date, what becomes of them and why', () => {
    expect(
      stripCells(
        [
          { at: from, tone: 'will_run' },
          { at: from + HOUR, tone: 'left_out', note: 'succeeded', runId: 'r' },
        ],
        'UTC',
      ),
    ).toEqual([
      { at: from, tone: 'will_run', label: 'Thu 1 Jan 2026 00:00: will run' },
      {
        at: from + HOUR,
        tone: 'left_out',
        runId: 'r',
        label: 'Thu 1 Jan 2026 01:00: left out, succeeded',
      },
    ]);
  });

  it('are days where there are many, in the zone of the reader', () => {
    const cells = stripCells(items(480, HOUR), 'Asia/Tokyo');
    // From nine in the morning: nine hours are on the next day.
    expect(cells).toHaveLength(21);
    expect(cells[0].label).toBe('Thu 1 Jan 2026: 8 will run, 7 left out');
  });

  it('are months where there are very many', () => {
    const cells = stripCells(items(800, 24 * HOUR), 'UTC');
    expect(cells).toHaveLength(27);
    expect(cells[0].label).toBe('January 2026: 16 will run, 15 left out');
  });

  it('show first what one must see', () => {
    const many = items(400, HOUR);
    many[3] = { at: many[3].at, tone: 'failed' };
    const [day, next] = stripCells(many, 'UTC');
    expect(day.tone).toBe('failed');
    expect(next.tone).toBe('will_run');
  });

  it('of nothing are none', () => {
    expect(stripCells([], 'UTC')).toEqual([]);
  });
});
