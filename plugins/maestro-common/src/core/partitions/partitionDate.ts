/**
 * Keys of partitions that are dates, read.
 *
 * @packageDocumentation
 */
import { readDate, type ReadDate } from '../time/pythonDates';
import { WallClock } from '../time/zones';

/**
 * The date that a key is in a format of Python's; undefined for one that is none.
 * Of a format that Python cannot read no key is a date: `%V`, or `%Y` twice.
 *
 * @internal
 */
export function dateOfKey(format: string, key: string): ReadDate | undefined {
  try {
    return readDate(format, key);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * When a date is, in epoch milliseconds: by the clock of the time zone where the
 * text has no offset. A time that the clock shows twice is the second one, and one
 * that it jumps over is moved on by the jump, as with Airflow.
 *
 * @internal
 */
export function instantOf(
  { wall, offsetMs }: ReadDate,
  timezone: string,
): number {
  return offsetMs === undefined
    ? WallClock.of(timezone).lastInstant(wall)
    : wall - offsetMs;
}
