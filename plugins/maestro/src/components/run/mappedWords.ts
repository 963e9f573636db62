import type { TaskInstance, TaskState } from '@maestro/plugin-maestro-common';
import { stateWord } from '@maestro/plugin-maestro-react';

/** Instances of a mapped task by state, as a run tells them. */
export type MappedCounts = NonNullable<TaskInstance['mapped']>;

/** Left to right in a bar: what is over, what is under way, what waits. */
const ORDER: readonly TaskState[] = [
  'success',
  'skipped',
  'failed',
  'upstream_failed',
  'running',
  'queued',
  'up_for_retry',
  'deferred',
  'up_for_reschedule',
  'scheduled',
  'none',
];

/** States that an instance is in, with how many, in the order of a bar. */
export function mappedStates(
  counts: MappedCounts,
): Array<[state: TaskState, n: number]> {
  return ORDER.flatMap(state => {
    const n = counts[state] ?? 0;
    return n > 0 ? [[state, n] as [TaskState, number]] : [];
  });
}

/** How many there are. */
export function mappedTotal(counts: MappedCounts): number {
  return mappedStates(counts).reduce((sum, [, n]) => sum + n, 0);
}

/** `12/40`: how many are over, of all. */
export function mappedProgress(counts: MappedCounts): string {
  const over = ORDER.slice(0, 4).reduce(
    (sum, state) => sum + (counts[state] ?? 0),
    0,
  );
  return `${over}/${mappedTotal(counts)}`;
}

/** `38 success, 2 failed`. */
export function mappedWords(counts: MappedCounts): string {
  return mappedStates(counts)
    .map(([state, n]) => `${n} ${stateWord(state)}`)
    .join(', ');
}
