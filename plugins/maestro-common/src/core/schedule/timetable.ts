/**
 * When a schedule is due. Pure: a function of schedule and instant, the same
 * in the scheduler, the simulator and the browser.
 *
 * **The daylight saving rule.** A due time fires once, at the first instant at
 * which the clock on the wall shows it or has passed it.
 * - A time in the gap of spring (02:30 where the clock jumps from 02:00 to
 *   03:00) fires at the first instant after the gap, 03:00; several such times
 *   are one.
 * - A time in the repeated hour of autumn fires in its first pass only.
 * - Only a schedule that is due in every hour (hour field `*`) follows elapsed
 *   time instead: it fires whenever the clock shows its time, twice in a
 *   repeated hour, not at all in a gap, so that `*\/15 * * * *` is always 15
 *   minutes apart.
 *
 * A schedule by interval (`every`) knows no wall clock: it is due at its start
 * date and every so many milliseconds after it (without a start date, counted
 * from 1970-01-01T00:00:00Z). So is one in units of the calendar (`everySpan`),
 * which are counted in UTC.
 *
 * @packageDocumentation
 */
import { InputError } from '@backstage/errors';
import {
  addSpan,
  type CalendarSpan,
  nextBySpan,
  previousBySpan,
  subtractSpan,
} from '../time/calendarSpan';
import { CronPattern } from '../time/cronPattern';
import type { ScheduleDefinition } from '../pipeline/definition';
import { WallClock } from '../time/zones';

const SECOND = 1000;
const DAY = 86_400_000;
/** By so much months differ. */
const MONTH_ENDS = 4 * DAY;

/**
 * The first due time after an instant, within the start and end date of the
 * schedule (both included), or `undefined`.
 *
 * @throws InputError when cron expression, interval or time zone are not valid
 * @public
 */
export function nextDue(
  schedule: ScheduleDefinition,
  after: number,
): number | undefined {
  const { startAt = -Infinity, endAt = Infinity } = schedule;
  const due = nextAllowed(schedule, Math.max(after, startAt - 1));
  if (due === undefined || !hasWholeIntervals(schedule)) {
    return due === undefined || due > endAt ? undefined : due;
  }
  const start = previousAllowed(schedule, due);
  if (start !== undefined && start >= startAt) {
    return start > endAt ? undefined : due;
  }
  // The first due time only begins an interval.
  return due > endAt ? undefined : nextAllowed(schedule, due);
}

/**
 * The last due time before an instant, within the start and end date of the
 * schedule, or `undefined`.
 *
 * @public
 */
export function previousDue(
  schedule: ScheduleDefinition,
  before: number,
): number | undefined {
  const { startAt = -Infinity, endAt = Infinity } = schedule;
  if (!hasWholeIntervals(schedule)) {
    const due = previousAllowed(schedule, Math.min(before, endAt + 1));
    return due === undefined || due < startAt ? undefined : due;
  }
  // That of the last interval that begins in time.
  const last = endAt === Infinity ? undefined : nextAllowed(schedule, endAt);
  const due = previousAllowed(
    schedule,
    Math.min(before, (last ?? Infinity) + 1),
  );
  if (due === undefined) return undefined;
  const start = previousAllowed(schedule, due);
  return start === undefined || start < startAt ? undefined : due;
}

/**
 * The due times in (after, until], ascending, at most `limit`.
 *
 * @public
 */
export function dueTimes(
  schedule: ScheduleDefinition,
  after: number,
  until: number,
  limit: number,
): number[] {
  const times: number[] = [];
  let due = nextDue(schedule, after);
  while (due !== undefined && due <= until && times.length < limit) {
    times.push(due);
    due = nextDue(schedule, due);
  }
  return times;
}

/**
 * The data interval of a due time: from the due time before it, also when that
 * lies before the start date, to the due time itself; or of a fixed length, where
 * the schedule says one.
 *
 * @public
 */
export function dataInterval(
  schedule: ScheduleDefinition,
  due: number,
): { start: number; end: number } {
  const { lengthMs, span } = schedule.interval ?? {};
  const end = due;
  if (lengthMs !== undefined) return { start: due - lengthMs, end };
  if (span) return { start: subtractSpan(due, span), end };
  return { start: previousAllowed(schedule, due) ?? due, end };
}

/**
 * The logical date of a run by a due time: the due time, or the start of its data
 * interval where the schedule says what that is.
 *
 * @public
 */
export function logicalDate(schedule: ScheduleDefinition, due: number): number {
  return schedule.interval ? dataInterval(schedule, due).start : due;
}

/**
 * The due time so many due times behind another one, below 0 before it, whatever
 * start and end date are.
 *
 * @returns undefined when there are not so many
 * @public
 */
export function shiftDue(
  schedule: ScheduleDefinition,
  due: number,
  count: number,
): number | undefined {
  let shifted: number | undefined = due;
  for (let i = 0; i < Math.abs(count) && shifted !== undefined; i++) {
    shifted =
      count > 0
        ? nextAllowed(schedule, shifted)
        : previousAllowed(schedule, shifted);
  }
  return shifted;
}

/**
 * A range of logical dates as one of due times, both included: from the first to
 * the last due time whose logical date is in it; which of those between them are,
 * says `isInLogicalRange`. Without intervals they are the same. Where due times
 * make partitions it is a range of when these begin.
 *
 * @returns undefined when nothing is due in it
 * @public
 */
export function dueRange(
  schedule: ScheduleDefinition,
  { from, to }: { from: number; to: number },
): { from: number; to: number } | undefined {
  const { interval, partition } = schedule;
  if (partition?.offset) {
    const first = nextAllowed(schedule, from - 1);
    const end = previousAllowed(schedule, to + 1);
    if (first === undefined || end === undefined || end < first) {
      return undefined;
    }
    const begin = shiftDue(schedule, first, -partition.offset);
    const until = shiftDue(schedule, end, -partition.offset);
    return begin === undefined || until === undefined
      ? undefined
      : { from: begin, to: until };
  }
  if (!interval) return { from, to };
  const { lengthMs, span } = interval;
  if (lengthMs !== undefined) {
    return { from: from + lengthMs, to: to + lengthMs };
  }
  if (span) return dueRangeOfSpan(schedule, { from, to }, span);
  // An interval ends where the next one begins.
  const begins = nextAllowed(schedule, from - 1);
  const last = previousAllowed(schedule, to + 1);
  if (begins === undefined || last === undefined || last < begins) {
    return undefined;
  }
  const firstDue = nextAllowed(schedule, begins);
  if (firstDue === undefined) return undefined;
  return { from: firstDue, to: nextAllowed(schedule, last) ?? last };
}

/**
 * The data interval of a run that no due time started, as with Airflow: of the
 * length that those of the schedule have, or the last whole one.
 *
 * @public
 */
export function manualInterval(
  schedule: ScheduleDefinition | undefined,
  at: number,
): { start: number; end: number } {
  if (!schedule?.interval) return { start: at, end: at };
  const { everyMs, everySpan, interval } = schedule;
  if (interval.span) return { start: subtractSpan(at, interval.span), end: at };
  const length = interval.lengthMs ?? everyMs;
  if (length !== undefined) return { start: at - length, end: at };
  if (everySpan) return { start: subtractSpan(at, everySpan), end: at };
  return dataInterval(schedule, previousAllowed(schedule, at + 1) ?? at);
}

/** Whether intervals go from due time to due time, and are what is bounded. */
function hasWholeIntervals({ interval }: ScheduleDefinition): boolean {
  if (!interval) return false;
  return interval.lengthMs === undefined && interval.span === undefined;
}

// Days at the end of a month have one logical date: what a span leads to is near
// the ends of the range, and the first and the last due time are found from there.
function dueRangeOfSpan(
  schedule: ScheduleDefinition,
  { from, to }: { from: number; to: number },
  span: CalendarSpan,
): { from: number; to: number } | undefined {
  const isIn = (due: number) => {
    const date = subtractSpan(due, span);
    return date >= from && date <= to;
  };
  const until = addSpan(to, span) + MONTH_ENDS;
  let first = nextAllowed(schedule, addSpan(from, span) - MONTH_ENDS - 1);
  while (first !== undefined && first <= until && !isIn(first)) {
    first = nextAllowed(schedule, first);
  }
  if (first === undefined || first > until) return undefined;
  let last = previousAllowed(schedule, until + 1)!;
  while (!isIn(last)) last = previousAllowed(schedule, last)!;
  return { from: first, to: last };
}

/**
 * Says what is wrong with a cron expression: `undefined` when nothing is.
 * An expression that is never due (30 February) is wrong too.
 *
 * @public
 */
export function cronProblem(expression: string): string | undefined {
  try {
    // A leap day may be eight years away; the reference only has to be fixed.
    return CronPattern.of(expression).next(0) === undefined
      ? `Cron expression "${expression}" is never due`
      : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A time on the wall, back to midnight. */
const startOfDay = (wall: number) => Math.floor(wall / DAY) * DAY;

/** Days looked through for one on which it may be due; eleven years. */
const DAYS_LOOKED_AT = 4_018;

// A day that is left out is passed over as a whole: a schedule by the second
// has 86,400 due times in it.
function nextAllowed(
  schedule: ScheduleDefinition,
  after: number,
): number | undefined {
  let due = nextUnbounded(schedule, after);
  for (let days = 0; due !== undefined && days < DAYS_LOOKED_AT; days++) {
    if (isOnCalendar(schedule, due)) return due;
    const clock = WallClock.of(schedule.timezone);
    const midnight = startOfDay(clock.wall(due)) + DAY;
    due = nextUnbounded(
      schedule,
      Math.max(due, clock.firstInstant(midnight) - 1),
    );
  }
  return undefined;
}

function previousAllowed(
  schedule: ScheduleDefinition,
  before: number,
): number | undefined {
  let due = previousUnbounded(schedule, before);
  for (let days = 0; due !== undefined && days < DAYS_LOOKED_AT; days++) {
    if (isOnCalendar(schedule, due)) return due;
    const clock = WallClock.of(schedule.timezone);
    const midnight = startOfDay(clock.wall(due));
    due = previousUnbounded(
      schedule,
      Math.min(due, clock.firstInstant(midnight)),
    );
  }
  return undefined;
}

/** Whether the day of an instant, in the time zone, is one of the schedule's. */
function isOnCalendar(schedule: ScheduleDefinition, instant: number): boolean {
  const { days, except, timezone } = schedule;
  if (!days && !except) return true;
  const wall = new Date(WallClock.of(timezone).wall(instant));
  if (days && !days.includes(wall.getUTCDay())) return false;
  return !except?.includes(wall.toISOString().slice(0, 10));
}

function nextUnbounded(
  schedule: ScheduleDefinition,
  after: number,
): number | undefined {
  if (schedule.dates) return schedule.dates.find(date => date > after);
  if (!hasDueTimes(schedule)) return undefined;
  const { everySpan, startAt = 0 } = schedule;
  if (everySpan) return nextBySpan(startAt, everySpan, after);
  if (schedule.cron === undefined) {
    const { anchor, every } = intervalOf(schedule);
    const due = anchor + (Math.floor((after - anchor) / every) + 1) * every;
    // Before its start date an interval is not due.
    return Math.max(due, anchor);
  }
  const clock = WallClock.of(schedule.timezone);
  const times = patternsOf(schedule.cron, schedule).map(pattern =>
    pattern.everyHour
      ? nextElapsed(pattern, clock, after)
      : nextOnTheWall(pattern, clock, after),
  );
  const next = Math.min(...times.map(time => time ?? Infinity));
  return next === Infinity ? undefined : next;
}

function previousUnbounded(
  schedule: ScheduleDefinition,
  before: number,
): number | undefined {
  if (schedule.dates) {
    return schedule.dates.findLast(date => date < before);
  }
  if (!hasDueTimes(schedule)) return undefined;
  const { everySpan, startAt = 0 } = schedule;
  if (everySpan) return previousBySpan(startAt, everySpan, before);
  if (schedule.cron === undefined) {
    const { anchor, every } = intervalOf(schedule);
    return anchor + (Math.ceil((before - anchor) / every) - 1) * every;
  }
  const clock = WallClock.of(schedule.timezone);
  const times = patternsOf(schedule.cron, schedule).map(pattern =>
    pattern.everyHour
      ? previousElapsed(pattern, clock, before)
      : previousOnTheWall(pattern, clock, before),
  );
  const last = Math.max(...times.map(time => time ?? -Infinity));
  return last === -Infinity ? undefined : last;
}

function patternsOf(
  cron: string,
  { crons = [] }: ScheduleDefinition,
): CronPattern[] {
  return [cron, ...crons].map(expression => CronPattern.of(expression));
}

/**
 * Whether a schedule is due at times; one that is not has only asset events, or
 * follows the ends of its runs.
 *
 * @public
 */
export function hasDueTimes(schedule: ScheduleDefinition): boolean {
  const { assets, continuous, cron, dates, everyMs, everySpan } = schedule;
  if (continuous) return false;
  const times = cron ?? dates ?? everyMs ?? everySpan;
  return assets === undefined || times !== undefined;
}

function intervalOf(schedule: ScheduleDefinition) {
  const every = schedule.everyMs;
  if (every === undefined || !(every > 0)) {
    throw new InputError(
      `Schedule "${schedule.id}" has neither a cron expression nor an interval above zero`,
    );
  }
  return { anchor: schedule.startAt ?? 0, every };
}

// `firstInstant` never goes back when the wall time grows, so the first wall
// time whose instant is late enough is the answer. Wall times up to what the
// clock shows now have all been.
function nextOnTheWall(
  pattern: CronPattern,
  clock: WallClock,
  after: number,
): number | undefined {
  let wall = pattern.next(clock.wall(after));
  while (wall !== undefined) {
    const due = clock.firstInstant(wall);
    if (due > after) {
      return due;
    }
    wall = pattern.next(wall);
  }
  return undefined;
}

function previousOnTheWall(
  pattern: CronPattern,
  clock: WallClock,
  before: number,
): number | undefined {
  // In a second pass the clock has shown later times than it shows now.
  const ahead = Math.max(clock.offset(before), clock.offset(before - DAY));
  let wall = pattern.previous(before + ahead + SECOND);
  while (wall !== undefined) {
    const due = clock.firstInstant(wall);
    if (due < before) {
      return due;
    }
    wall = pattern.previous(wall);
  }
  return undefined;
}

// Between two changes of the clock wall time and elapsed time go together, so
// these two walk from change to change, at most a day at a time.
function nextElapsed(
  pattern: CronPattern,
  clock: WallClock,
  after: number,
): number | undefined {
  let from = after;
  let offset = clock.offset(from);
  let wall = pattern.next(from + offset);
  while (wall !== undefined) {
    const due = wall - offset;
    const probe = Math.min(due, from + DAY);
    if (clock.offset(probe) !== offset) {
      const change = clock.change(from, probe);
      offset = clock.offset(change);
      // The moment of the change may be due itself.
      wall = pattern.next(change + offset - SECOND);
      from = change;
    } else if (probe === due) {
      return due;
    } else {
      from = Math.max(probe, due - 2 * DAY);
      offset = clock.offset(from);
      wall = pattern.next(from + offset);
    }
  }
  return undefined;
}

function previousElapsed(
  pattern: CronPattern,
  clock: WallClock,
  before: number,
): number | undefined {
  let until = before - 1;
  let offset = clock.offset(until);
  let wall = pattern.previous(until + 1 + offset);
  while (wall !== undefined) {
    const due = wall - offset;
    const probe = Math.max(due, until - DAY);
    if (clock.offset(probe) !== offset) {
      until = clock.change(probe, until) - 1;
    } else if (probe === due) {
      return due;
    } else {
      until = Math.min(probe, due + 2 * DAY);
    }
    offset = clock.offset(until);
    wall = pattern.previous(until + 1 + offset);
  }
  return undefined;
}
