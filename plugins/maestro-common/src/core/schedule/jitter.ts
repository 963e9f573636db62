/**
 * Schedules that spread what they start: a hundred pipelines that are due at
 * midnight need not begin in the same second. A due time keeps its name, its
 * logical date and its deadline; only its start moves, always by the same
 * amount, so that replicas, previews and pages agree without asking anybody.
 *
 * @packageDocumentation
 */
import type { ScheduleDefinition } from '../pipeline/definition';
import { nextDue } from './timetable';

/**
 * A due time and when its run starts, epoch milliseconds.
 *
 * @public
 */
export interface Launch {
  due: number;
  at: number;
}

/**
 * How much later than its due time a run starts, milliseconds: in
 * [0, `jitterMs`), by a hash of pipeline, schedule and due time.
 *
 * @public
 */
export function jitterOf(
  pipeline: string,
  schedule: Pick<ScheduleDefinition, 'id' | 'jitterMs'>,
  due: number,
): number {
  if (!schedule.jitterMs) return 0;
  const share = hash(`${pipeline}/${schedule.id}/${due}`) / 2 ** 32;
  return Math.floor(share * schedule.jitterMs);
}

/**
 * When the due times in (after, until] start, in their order, at most `limit`.
 * None starts before the one that was due before it: where the spread is longer
 * than the distance of two due times, the second one waits for the first.
 *
 * @param after - a due time, or an instant that lies between two
 * @public
 */
export function launches(
  pipeline: string,
  schedule: ScheduleDefinition,
  after: number,
  until: number,
  limit: number,
): Launch[] {
  const found: Launch[] = [];
  let latest = latestBefore(pipeline, schedule, after);
  let due = nextDue(schedule, after);
  while (due !== undefined && due <= until && found.length < limit) {
    latest = Math.max(latest, due + jitterOf(pipeline, schedule, due));
    found.push({ due, at: latest });
    due = nextDue(schedule, due);
  }
  return found;
}

/**
 * The first run that starts after an instant, or `undefined`.
 *
 * @public
 */
export function nextLaunch(
  pipeline: string,
  schedule: ScheduleDefinition,
  after: number,
): Launch | undefined {
  let latest = -Infinity;
  let due = nextDue(schedule, after - 2 * (schedule.jitterMs ?? 0));
  while (due !== undefined) {
    latest = Math.max(latest, due + jitterOf(pipeline, schedule, due));
    if (latest > after) return { due, at: latest };
    due = nextDue(schedule, due);
  }
  return undefined;
}

/** When the last of the due times up to an instant starts. */
function latestBefore(
  pipeline: string,
  schedule: ScheduleDefinition,
  after: number,
): number {
  const { jitterMs } = schedule;
  if (!jitterMs) return -Infinity;
  let latest = -Infinity;
  let due = nextDue(schedule, after - jitterMs);
  while (due !== undefined && due <= after) {
    latest = Math.max(latest, due + jitterOf(pipeline, schedule, due));
    due = nextDue(schedule, due);
  }
  return latest;
}

/** FNV-1a with a final mix: neighbours lie far from each other. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    // eslint-disable-next-line no-bitwise
    h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  }
  /* eslint-disable no-bitwise */
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
  /* eslint-enable no-bitwise */
}
