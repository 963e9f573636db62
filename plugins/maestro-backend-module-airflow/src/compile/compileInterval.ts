import type { CalendarSpan } from '@maestro/plugin-maestro-common';

/** A length of time, of which one that has months depends on where it begins. */
export type Length = { ms: number } | { span: CalendarSpan };

const SECOND = 1000;
const FIXED: Record<string, number> = {
  days: 86_400 * SECOND,
  hours: 3_600 * SECOND,
  minutes: 60 * SECOND,
  seconds: SECOND,
  microseconds: SECOND / 1_000_000,
};
const MONTHS: Record<string, number> = { years: 12, months: 1 };

/**
 * A `timedelta` or `relativedelta` as Airflow encodes them. Airflow counts both in
 * UTC, where all but months are always as long.
 *
 * @returns what Maestro cannot say of it, in words, else its length
 */
export function lengthOf(value: unknown): Length | string {
  if (typeof value === 'number') {
    return value < 0 ? 'goes backwards' : { ms: Math.round(value * SECOND) };
  }
  if (typeof value !== 'object' || value === null) return 'cannot be read';
  let months = 0;
  let ms = 0;
  for (const [unit, count] of Object.entries(value)) {
    if (unit === 'weekday') return 'goes to a day of the week (weekday=)';
    if (!Object.hasOwn(FIXED, unit) && !Object.hasOwn(MONTHS, unit)) {
      return `sets a part of the date (${unit}=)`;
    }
    if (typeof count !== 'number') return 'cannot be read';
    if (count < 0) return `goes backwards (${unit}=${count})`;
    months += count * (MONTHS[unit] ?? 0);
    ms += count * (FIXED[unit] ?? 0);
  }
  ms = Math.round(ms);
  if (months === 0) return { ms };
  if (!Number.isInteger(months)) return 'has a part of a month';
  return { span: { months, ...(ms > 0 ? { ms } : {}) } };
}
