/**
 * Of which partitions of an asset a run of many is made, by Airflow's windows
 * (`airflow/partition_mappers/window.py`). Pure.
 *
 * @packageDocumentation
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Units of time that a window has parts of. @public */
export type WindowUnit = 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

/**
 * - `keys`: these
 * - `unit`: the minutes of an hour, the hours of a day, the days of a week or
 *   month, the months of a quarter or year; with `backward` as many that end with
 *   the beginning of the unit
 *
 * @public
 */
export type PartitionWindow =
  | { keys: string[] }
  | { unit: WindowUnit; backward?: true };

/** Length of a part, and how many there are. */
const STEPS: Partial<Record<WindowUnit, [number, number]>> = {
  hour: [MINUTE, 60],
  day: [HOUR, 24],
  week: [DAY, 7],
};

/**
 * The wall times at which the parts of a unit begin, ascending.
 *
 * @param start - wall time of its beginning; of those that have months the first
 * day of one
 * @internal
 */
export function windowParts(
  { unit, backward }: Extract<PartitionWindow, { unit: WindowUnit }>,
  start: number,
): number[] {
  const step = STEPS[unit];
  if (step) {
    const [length, count] = step;
    const first = backward ? start - (count - 1) * length : start;
    return Array.from({ length: count }, (_, i) => first + i * length);
  }
  if (unit === 'month') {
    // Backward it is open at its beginning, and ends with the day itself.
    const [from, to] = backward
      ? [monthsAfter(start, -1) + DAY, start + DAY]
      : [start, monthsAfter(start, 1)];
    return Array.from(
      { length: Math.round((to - from) / DAY) },
      (_, i) => from + i * DAY,
    );
  }
  const count = unit === 'quarter' ? 3 : 12;
  const first = backward ? monthsAfter(start, 1 - count) : start;
  return Array.from({ length: count }, (_, i) => monthsAfter(first, i));
}

function monthsAfter(start: number, months: number): number {
  const date = new Date(start);
  return date.setUTCMonth(date.getUTCMonth() + months);
}
