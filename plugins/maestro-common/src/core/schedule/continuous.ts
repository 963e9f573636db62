/**
 * Schedules without due times: the next run starts as soon as the last one is
 * over. Pure: when, is a function of the schedule and of the runs there are.
 *
 * @packageDocumentation
 */
import type { ScheduleDefinition } from '../pipeline/definition';

/**
 * Between the end of a run that failed and the next one at least, milliseconds:
 * what fails at once must not fill the history.
 *
 * @public
 */
export const CONTINUOUS_FAILED_PAUSE_MS = 10_000;

/**
 * When such a schedule is looked at again, milliseconds, while it is paused or a
 * run goes on. The end of that run does not wait for it.
 *
 * @public
 */
export const CONTINUOUS_LOOK_MS = 60_000;

/**
 * The runs of a pipeline, as far as its next one depends on them; those of
 * backfills are none of them.
 *
 * @public
 */
export interface ContinuousFacts {
  paused: boolean;
  /** A run is queued or running, whoever started it. */
  isActive: boolean;
  /** Of the newest run, when it is over. */
  ended?: { at: number; failed: boolean };
  /** The last due time of the schedule. */
  lastDue?: number;
}

/**
 * - `start`: a run, of this due time
 * - `wait`: look again then
 * - `over`: past its end date
 *
 * @public
 */
export type ContinuousStep =
  | { kind: 'start'; due: number }
  | { kind: 'wait'; until: number }
  | { kind: 'over' };

/**
 * How long no run starts after the end of one, milliseconds.
 *
 * @public
 */
export function pauseAfterRun(
  { continuous }: ScheduleDefinition,
  failed: boolean,
): number {
  const { pauseMs } = continuous!;
  return failed ? Math.max(pauseMs, CONTINUOUS_FAILED_PAUSE_MS) : pauseMs;
}

/**
 * The earliest instant at which a run may start: behind the last one, its pause
 * and the start date.
 *
 * @public
 */
export function earliestContinuous(
  schedule: ScheduleDefinition,
  { ended, lastDue = -Infinity }: Pick<ContinuousFacts, 'ended' | 'lastDue'>,
): number {
  return Math.max(
    schedule.startAt ?? -Infinity,
    // The clock may go back; a due time is decided once.
    lastDue + 1,
    ended ? ended.at + pauseAfterRun(schedule, ended.failed) : -Infinity,
  );
}

/**
 * What becomes of such a schedule now.
 *
 * @param asked - when it was to be looked at: the due time, if a run may start
 * @public
 */
export function continuousStep(
  schedule: ScheduleDefinition,
  facts: ContinuousFacts,
  asked: number,
  now: number,
): ContinuousStep {
  const due = Math.max(asked, earliestContinuous(schedule, facts));
  if (due > (schedule.endAt ?? Infinity)) return { kind: 'over' };
  if (due > now) return { kind: 'wait', until: due };
  if (facts.paused || facts.isActive) {
    return { kind: 'wait', until: now + CONTINUOUS_LOOK_MS };
  }
  return { kind: 'start', due };
}

/**
 * The data interval of a run of such a schedule: from the due time of the one
 * before, or the start date, to its own.
 *
 * @public
 */
export function continuousInterval(
  { startAt }: ScheduleDefinition,
  due: number,
  lastDue: number | undefined,
): { start: number; end: number } {
  return { start: Math.min(lastDue ?? startAt ?? due, due), end: due };
}
