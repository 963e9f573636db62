import { DateTime } from 'luxon';
import type { ScheduleDefinition } from '../core/pipeline/definition';
import { dueTimes } from '../core/schedule/timetable';

/** A cron schedule: only what the test is about. */
export const schedule = (
  cron: string,
  timezone = 'UTC',
  rest: Partial<ScheduleDefinition> = {},
): ScheduleDefinition => ({
  id: 'default',
  cron,
  timezone,
  catchup: false,
  ...rest,
});

export const at = (iso: string) => Date.parse(iso);
/** To the minute, in UTC. */
export const iso = (ms: number | undefined) =>
  ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 16);

/** Due times within [from, to], as local time with offset. */
export function local(
  cron: string,
  zone: string,
  from: string,
  to: string,
): string[] {
  return dueTimes(
    schedule(cron, zone),
    DateTime.fromISO(from, { zone }).toMillis() - 1,
    DateTime.fromISO(to, { zone }).toMillis(),
    10_000,
  ).map(ms =>
    DateTime.fromMillis(ms, { zone }).toFormat("yyyy-MM-dd'T'HH:mmZZ"),
  );
}
