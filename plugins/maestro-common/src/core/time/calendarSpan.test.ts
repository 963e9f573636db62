import {
  addSpan,
  type CalendarSpan,
  nextBySpan,
  previousBySpan,
  subtractSpan,
} from './calendarSpan';

const at = (text: string) => Date.parse(`${text}Z`);
const HOUR = 3_600_000;
const month: CalendarSpan = { months: 1 };

// prettier-ignore
it.each<[string, CalendarSpan, string, string]>([
  ['2025-01-15T06:30', month, '2025-02-15T06:30', '2024-12-15T06:30'],
  ['2025-01-31T00:00', month, '2025-02-28T00:00', '2024-12-31T00:00'],
  ['2024-01-31T00:00', month, '2024-02-29T00:00', '2023-12-31T00:00'],
  ['2025-03-31T00:00', month, '2025-04-30T00:00', '2025-02-28T00:00'],
  ['2024-02-29T12:00', { months: 12 }, '2025-02-28T12:00', '2023-02-28T12:00'],
  ['2024-02-29T12:00', { months: 48 }, '2028-02-29T12:00', '2020-02-29T12:00'],
  ['2025-11-30T23:59', { months: 3 }, '2026-02-28T23:59', '2025-08-30T23:59'],
  // Months first, then hours: over the end of the shortened month.
  ['2025-01-31T12:00', { months: 1, ms: 24 * HOUR }, '2025-03-01T12:00', '2024-12-30T12:00'],
  ['1969-12-31T18:00', month, '1970-01-31T18:00', '1969-11-30T18:00'],
])('%s and %j', (from, span, later, earlier) => {
  expect(addSpan(at(from), span)).toBe(at(later));
  expect(subtractSpan(at(from), span)).toBe(at(earlier));
});

it('goes from a month that is too short on with its last day', () => {
  const anchor = at('2024-01-31T00:00');
  const days = [];
  for (
    let due = anchor;
    days.length < 5;
    due = nextBySpan(anchor, month, due)
  ) {
    days.push(new Date(due).toISOString().slice(0, 10));
  }
  expect(days).toEqual([
    '2024-01-31',
    '2024-02-29',
    '2024-03-29',
    '2024-04-29',
    '2024-05-29',
  ]);
});

it.each([
  ['2024-01-30T23:59', '2024-01-31T00:00', undefined],
  ['2024-01-31T00:00', '2024-02-29T00:00', undefined],
  ['2024-01-31T00:01', '2024-02-29T00:00', '2024-01-31T00:00'],
  ['2024-02-29T00:00', '2024-03-29T00:00', '2024-01-31T00:00'],
  ['2024-02-29T00:01', '2024-03-29T00:00', '2024-02-29T00:00'],
])('around %s', (instant, next, previous) => {
  const anchor = at('2024-01-31T00:00');
  expect(nextBySpan(anchor, month, at(instant))).toBe(at(next));
  expect(previousBySpan(anchor, month, at(instant))).toBe(
    previous === undefined ? undefined : at(previous),
  );
});
