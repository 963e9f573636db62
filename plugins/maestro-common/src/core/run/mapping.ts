/**
 * Mapped tasks (Airflow: dynamic task mapping): one task, many instances, one
 * for each item of a list that is known only when the task is ready.
 *
 * The task itself has a row too, its summary, which never runs: its state
 * follows from those of the instances. Neighbours count the instances one by
 * one, as in Airflow, through counts by state that are kept, not computed: so
 * that the end of one of 10,000 instances costs the same as that of one of ten.
 *
 * @packageDocumentation
 */
import { TASK_STATES, type TaskState } from '../pipeline/states';
import type { UpstreamCounts } from '../pipeline/triggerRules';

/**
 * Where the instances of mapped tasks stand: slots by task number, by map
 * index. Slot i is task i; the instances stand behind the last task.
 *
 * @public
 */
export type ChildSlots = ReadonlyMap<number, readonly number[]>;

/** Items of a mapped task unless it says more. @public */
export const DEFAULT_MAP_ITEMS = 1_000;

/** Items of a mapped task at most, whatever it says. @public */
export const MAX_MAP_ITEMS = 10_000;

/** Bytes of one item as JSON: it is an environment variable too. @public */
export const MAX_MAP_ITEM_BYTES = 64 * 1024;

/** Bytes of all items of a task as JSON. @public */
export const MAX_MAP_BYTES = 8 * 1024 * 1024;

/**
 * How many instances of a mapped task are in which state.
 *
 * @public
 */
export type StateCounts = Record<TaskState, number>;

/** Counts by state of mapped tasks, by task number. @public */
export type ChildCounts = ReadonlyMap<number, Readonly<StateCounts>>;

/** @public */
export function emptyStateCounts(): StateCounts {
  return Object.fromEntries(
    TASK_STATES.map(state => [state, 0]),
  ) as StateCounts;
}

/**
 * Counts from the states themselves: the oracle of what is kept.
 *
 * @public
 */
export function countStates(states: Iterable<TaskState>): StateCounts {
  const counts = emptyStateCounts();
  for (const state of states) counts[state] += 1;
  return counts;
}

/**
 * Instances that there are; what was removed, because the list was made anew,
 * is only history.
 *
 * @public
 */
export function instancesIn(counts: Readonly<StateCounts>): number {
  let total = 0;
  for (const state of TASK_STATES) total += counts[state];
  return total - counts.removed;
}

/** Instances in a final state, without removed ones. @public */
export function finalIn(counts: Readonly<StateCounts>): number {
  return (
    counts.success + counts.failed + counts.skipped + counts.upstream_failed
  );
}

/**
 * The state of a mapped task by those of its instances: it runs while one of
 * them is under way; `none` means that some were cleared and wait for the
 * trigger rule again; otherwise the worst outcome. `undefined` without
 * instances: then the task has a state of its own.
 *
 * @public
 */
export function mappedState(
  counts: Readonly<StateCounts>,
): TaskState | undefined {
  const total = instancesIn(counts);
  if (total === 0) return undefined;
  if (counts.none + finalIn(counts) < total) return 'running';
  if (counts.none > 0) return 'none';
  if (counts.failed > 0) return 'failed';
  if (counts.upstream_failed > 0) return 'upstream_failed';
  return counts.success > 0 ? 'success' : 'skipped';
}

/** Adds the instances of a mapped upstream. @internal */
export function addInstances(
  to: UpstreamCounts,
  counts: Readonly<StateCounts>,
): void {
  to.total += instancesIn(counts);
  to.success += counts.success;
  to.failed += counts.failed;
  to.upstreamFailed += counts.upstream_failed;
  to.skipped += counts.skipped;
}

/**
 * `score`, or `score[3]` for an instance of a mapped task.
 *
 * @param mapIndex - −1 for the task itself
 * @public
 */
export function instanceName(taskId: string, mapIndex: number): string {
  return mapIndex < 0 ? taskId : `${taskId}[${mapIndex}]`;
}

/**
 * Indices as people write them: `0-3,7`.
 *
 * @param indices - ascending
 * @public
 */
export function formatIndices(indices: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < indices.length; ) {
    let end = i;
    while (indices[end + 1] === indices[end] + 1) end += 1;
    parts.push(end === i ? `${indices[i]}` : `${indices[i]}-${indices[end]}`);
    i = end + 1;
  }
  return parts.join(',');
}

/**
 * The indices of a text such as `0-3,7`.
 *
 * @returns `undefined` for a text that is none, or that names more than
 * `MAX_MAP_ITEMS`
 * @public
 */
export function parseIndices(text: string): number[] | undefined {
  const indices: number[] = [];
  for (const part of text.split(',')) {
    const match = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part);
    if (!match) return undefined;
    const first = Number(match[1]);
    const last = match[2] === undefined ? first : Number(match[2]);
    if (last < first || last >= MAX_MAP_ITEMS) return undefined;
    if (indices.length + last - first >= MAX_MAP_ITEMS) return undefined;
    for (let index = first; index <= last; index++) indices.push(index);
  }
  return indices;
}
