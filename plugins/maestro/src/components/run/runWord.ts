import { stateWord } from '@maestro/plugin-maestro-react';
import type { GridRun, RunState } from '@maestro/plugin-maestro-common';
import type { TaskSummary } from './taskSummaries';

/**
 * The state of a run in words. Cancelled is a failure with that reason; and a
 * run is as its last tasks are, so one whose failed tasks nobody waited for is
 * green: then it says how many failed.
 */
export function runWord(
  run: { state: RunState; stateReason?: string },
  failed: number,
): string {
  if (run.state === 'failed' && run.stateReason === 'cancelled') {
    return 'cancelled';
  }
  if (run.state === 'success' && failed > 0) {
    return `${stateWord(run.state)} · ${tasksWord(failed)} failed`;
  }
  return stateWord(run.state);
}

/** `1 task`, `2 tasks`. */
export function tasksWord(n: number): string {
  return `${n} task${n === 1 ? '' : 's'}`;
}

/** How many tasks of a run failed; a mapped one counts once. */
export function failedTasks(summaries: readonly TaskSummary[]): number {
  return summaries.filter(({ state }) => state === 'failed').length;
}

/** How many tasks of a run of the grid failed; a mapped one counts once. */
export function failedCells({ cells }: Pick<GridRun, 'cells'>): number {
  return Object.values(cells).filter(({ state }) => state === 'failed').length;
}
