import { DateTime } from 'luxon';

/** Days as the fields have them, `2026-11-15`. */
export interface DayRange {
  from: string;
  to: string;
}

/** The last seven whole days before `now`. */
export function lastWeek(now: number, zone: string): DayRange {
  const today = DateTime.fromMillis(now, { zone });
  return {
    from: today.minus({ days: 7 }).toFormat('yyyy-LL-dd'),
    to: today.minus({ days: 1 }).toFormat('yyyy-LL-dd'),
  };
}

/** First and last millisecond of a range of days, or what is wrong with it. */
export function instantsOf(
  { from, to }: DayRange,
  zone: string,
): { from: number; to: number } | { problem: string } {
  const first = DateTime.fromISO(from, { zone });
  const last = DateTime.fromISO(to, { zone });
  if (!from || !to || !first.isValid || !last.isValid) {
    return { problem: 'Both days are needed.' };
  }
  if (last < first) {
    return { problem: 'The last day is before the first one.' };
  }
  return { from: first.toMillis(), to: last.endOf('day').toMillis() };
}
