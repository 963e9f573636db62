/**
 * Which due times of the past a backfill runs, and when it will be through.
 * Pure: what became of a due time is an argument.
 *
 * @packageDocumentation
 */
import type { ScheduleDefinition } from '../pipeline/definition';
import { isFinalRunState, type RunState } from '../pipeline/states';
import { logicalDate } from './timetable';

/**
 * Which due times a backfill runs.
 *
 * - `missing`: those that never had a run
 * - `failed`: those whose runs all failed
 * - `missing-or-failed`: both
 * - `all`: also those that succeeded, again
 *
 * @public
 */
export type BackfillOnly = 'missing' | 'failed' | 'missing-or-failed' | 'all';

/**
 * Whether a due time within `dueRange` of a range of logical dates is one of it.
 * Intervals by the calendar (`span`) may begin in another order than they end:
 * those that end on the 28th to 31st of March all begin on the 28th of February,
 * each at its time of day. Every other schedule keeps the order, so for these all
 * that lie between the first and the last due time are.
 *
 * @param logical - epoch milliseconds, both included
 * @public
 */
export function isInLogicalRange(
  schedule: ScheduleDefinition,
  due: number,
  logical: { from: number; to: number },
): boolean {
  const { interval, partition } = schedule;
  if (!interval?.span || partition?.offset) return true;
  const date = logicalDate(schedule, due);
  return date >= logical.from && date <= logical.to;
}

/**
 * What became of a due time, by all its runs: of the schedule and of earlier
 * backfills. `deleted`: there was one, and retention took it.
 *
 * @public
 */
export type DueHistory = 'none' | 'live' | 'success' | 'failed' | 'deleted';

/**
 * Why a backfill leaves a due time out.
 *
 * @public
 */
export type BackfillLeftOut =
  | 'in_flight'
  | 'succeeded'
  | 'failed'
  | 'deleted'
  | 'never_ran';

/**
 * The reasons in words, behind a number of due times.
 *
 * @public
 */
export const BACKFILL_LEFT_OUT_WORDS: Readonly<
  Record<BackfillLeftOut, string>
> = {
  in_flight: 'have a run that is not over',
  succeeded: 'have succeeded already',
  failed: 'have failed, and only those without a run are wanted',
  deleted: 'had a run whose history was deleted',
  never_ran: 'never ran, and only failed ones are wanted',
};

/**
 * What became of a due time. One live run counts before a success, a success
 * before a failure, and a failure before what nobody knows any more.
 *
 * @param states - of all its runs; `deleted` for one whose row is gone
 * @public
 */
export function dueHistory(
  states: ReadonlyArray<RunState | 'deleted'>,
): DueHistory {
  if (states.length === 0) return 'none';
  if (states.some(state => state !== 'deleted' && !isFinalRunState(state))) {
    return 'live';
  }
  if (states.includes('success')) return 'success';
  return states.includes('failed') ? 'failed' : 'deleted';
}

/**
 * Why a due time is left out; undefined for one that runs. One with a live run
 * never runs: there would be two of it at the same time.
 *
 * @public
 */
export function leftOutBecause(
  only: BackfillOnly,
  history: DueHistory,
): BackfillLeftOut | undefined {
  switch (history) {
    case 'live':
      return 'in_flight';
    case 'none':
      return only === 'failed' ? 'never_ran' : undefined;
    case 'failed':
      return only === 'missing' ? 'failed' : undefined;
    case 'success':
      return only === 'all' ? undefined : 'succeeded';
    default:
      return only === 'all' ? undefined : 'deleted';
  }
}

/**
 * When a backfill will be through, epoch milliseconds, if every run takes as
 * long as they usually do; those that go on now count half.
 *
 * @param facts - `typicalMs`: undefined before the first success
 * @returns undefined where nobody can know
 * @public
 */
export function backfillEta(facts: {
  now: number;
  waiting: number;
  live: number;
  maxActive: number;
  typicalMs: number | undefined;
  paused: boolean;
}): number | undefined {
  const { now, waiting, live, maxActive, typicalMs, paused } = facts;
  if (typicalMs === undefined || paused || waiting + live === 0) {
    return undefined;
  }
  const rounds = Math.ceil(waiting / maxActive) + (live > 0 ? 0.5 : 0);
  return now + Math.round(rounds * typicalMs);
}
