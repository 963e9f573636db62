/**
 * Lengths of time in units of the calendar, counted in UTC as Airflow does: a
 * month is as long as it is, and a day that a month has not is its last one.
 *
 * @packageDocumentation
 */

const DAY = 86_400_000;

/**
 * A length of time that depends on where it begins.
 *
 * @public
 */
export interface CalendarSpan {
  /** At least one; a year is twelve. */
  months: number;
  /** Beside them, at least zero. */
  ms?: number;
}

/** An instant and a span: months first, then what is beside them. @internal */
export function addSpan(at: number, span: CalendarSpan): number {
  return moved(at, span, 1);
}

/** The same backwards. Not always its reverse: months differ. @internal */
export function subtractSpan(at: number, span: CalendarSpan): number {
  return moved(at, span, -1);
}

/**
 * The first instant behind another of those that follow an anchor, each a span
 * behind the one before: a day that was shortened stays so. The anchor is the
 * first of them.
 *
 * @internal
 */
export function nextBySpan(
  anchor: number,
  span: CalendarSpan,
  after: number,
): number {
  let at = anchor;
  while (at <= after) at = addSpan(at, span);
  return at;
}

/** The last one before an instant; undefined before the anchor. @internal */
export function previousBySpan(
  anchor: number,
  span: CalendarSpan,
  before: number,
): number | undefined {
  if (anchor >= before) return undefined;
  let at = anchor;
  for (let next = at; next < before; next = addSpan(next, span)) at = next;
  return at;
}

function moved(
  at: number,
  { months, ms = 0 }: CalendarSpan,
  sign: 1 | -1,
): number {
  const date = new Date(at);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth() + sign * months;
  const first = Date.UTC(year, month, 1);
  const days = (Date.UTC(year, month + 1, 1) - first) / DAY;
  const day = Math.min(date.getUTCDate(), days);
  const time = at - Math.floor(at / DAY) * DAY;
  return first + (day - 1) * DAY + time + sign * ms;
}
