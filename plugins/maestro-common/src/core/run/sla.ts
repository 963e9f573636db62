/**
 * Deadlines. The clock of a scheduled run starts at its due time, also when
 * the run is created late or never; that of an asset run at the event; that of
 * a manual or API run at its creation, if its caller asked for it. Back-fills
 * and late catch-up runs have none, and neither has a run that was due while
 * its pipeline was paused. The deadline of a task counts from when it is ready.
 *
 * @packageDocumentation
 */
import type { RunTrigger } from '../pipeline/states';

/** @public */
export interface SlaClock {
  trigger: RunTrigger;
  /** The deadline's length; without it there is none. */
  slaMs?: number;
  /** When a scheduled run was due. */
  dueAt?: number;
  /** When the event of an asset run happened. */
  eventAt?: number;
  /** When the run was created; absent for one that never was. */
  createdAt?: number;
  /** Whether a manual or API run shall be held to the deadline. */
  optIn?: boolean;
  /** Whether it is a run that catches up on a missed due time. */
  lateCatchup?: boolean;
  /** Whether the pipeline was paused when the run was due. */
  paused?: boolean;
}

/**
 * The instant by which a run must be finished, `undefined` when it has no
 * deadline.
 *
 * @public
 */
export function slaDeadline(clock: SlaClock): number | undefined {
  const start = slaStart(clock);
  return start === undefined || clock.slaMs === undefined
    ? undefined
    : start + clock.slaMs;
}

function slaStart(clock: SlaClock): number | undefined {
  if (clock.paused || clock.lateCatchup) {
    return undefined;
  }
  switch (clock.trigger) {
    case 'scheduled':
      return clock.dueAt;
    case 'asset':
      return clock.eventAt ?? clock.createdAt;
    case 'manual':
    case 'api':
      return clock.optIn ? clock.createdAt : undefined;
    default:
      return undefined;
  }
}

/**
 * The instant by which a task must be finished: counted from when it became
 * ready (state `scheduled`), not from the start of the run.
 *
 * @public
 */
export function taskSlaDeadline(
  slaMs: number | undefined,
  readyAt: number | undefined,
): number | undefined {
  return slaMs === undefined || readyAt === undefined
    ? undefined
    : readyAt + slaMs;
}

/**
 * - `none`: no deadline
 * - `pending`: not finished, in time
 * - `at_risk`: not finished, and it will be late if it goes on like this
 * - `met`, `missed`: final
 *
 * @public
 */
export type SlaVerdict = 'none' | 'pending' | 'at_risk' | 'met' | 'missed';

/** Share of the time that may pass before a run without history is at risk. */
const AT_RISK_SHARE = 0.8;

/** @public */
export interface SlaFacts {
  deadline?: number;
  now: number;
  /** When it ended well. A failed run has not met its deadline. */
  succeededAt?: number;
  /** The miss that was written down; a later success does not erase it. */
  missedAt?: number;
  /** When its clock started, for `at_risk`. */
  clockStart?: number;
  /** When it is expected to end, from the history of its pipeline. */
  expectedEndAt?: number;
}

/**
 * Where a run or task stands against its deadline.
 *
 * The millisecond of the deadline itself is in time.
 *
 * @public
 */
export function slaVerdict(facts: SlaFacts): SlaVerdict {
  const { deadline, now, succeededAt, clockStart, expectedEndAt } = facts;
  if (facts.missedAt !== undefined) {
    return 'missed';
  }
  if (deadline === undefined) {
    return 'none';
  }
  if (succeededAt !== undefined) {
    return succeededAt <= deadline ? 'met' : 'missed';
  }
  if (now > deadline) {
    return 'missed';
  }
  if (expectedEndAt !== undefined) {
    return Math.max(expectedEndAt, now) > deadline ? 'at_risk' : 'pending';
  }
  return clockStart !== undefined &&
    now - clockStart >= (deadline - clockStart) * AT_RISK_SHARE
    ? 'at_risk'
    : 'pending';
}
