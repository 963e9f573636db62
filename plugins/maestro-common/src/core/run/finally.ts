import type { PipelineDefinition } from '../pipeline/definition';
import { leafOutcome } from './leaves';
import { isFinalTaskState, type TaskState } from '../pipeline/states';

/**
 * Tasks of `finally`, ascending.
 *
 * @public
 */
export function finallyTasks(definition: PipelineDefinition): number[] {
  const { tasks } = definition;
  const found: number[] = [];
  // They stand behind all others.
  for (let no = tasks.length - 1; no >= 0 && tasks[no].finally; no--) {
    found.unshift(no);
  }
  return found;
}

/** Whether every task that is not of `finally` is over. @internal */
export function isMainOver(
  definition: PipelineDefinition,
  stateOf: (no: number) => TaskState,
): boolean {
  const { tasks } = definition;
  // From the end: what is not over is mostly there.
  for (let no = tasks.length - 1; no >= 0; no--) {
    if (!tasks[no].finally && !isFinalTaskState(stateOf(no))) return false;
  }
  return true;
}

/**
 * Whether nothing of a run is left but callbacks: its outcome stands, although
 * it is not over. Asked when all is planned that can be.
 *
 * @public
 */
export function isWorkOver(
  definition: PipelineDefinition,
  states: readonly TaskState[],
): boolean {
  return (
    finallyTasks(definition).some(
      no =>
        definition.tasks[no].callback !== undefined &&
        !isFinalTaskState(states[no]),
    ) &&
    definition.tasks.every(({ no, callback }) =>
      // One that is not planned yet may wait for a group that is run again.
      callback === undefined
        ? isFinalTaskState(states[no])
        : states[no] !== 'none',
    )
  );
}

/**
 * How the tasks before `finally` ended: what `run.state` and
 * `run.failed_tasks` are in its expressions.
 *
 * @public
 */
export function mainOutcome(
  definition: PipelineDefinition,
  states: readonly TaskState[],
): { state: 'success' | 'failed'; failedTasks: string[] } {
  const { tasks } = definition;
  const main = new Set(
    tasks.filter(task => !task.finally).map(task => task.no),
  );
  const { badLeaves, failed } = leafOutcome(definition, main, no => states[no]);
  return {
    state: badLeaves.length === 0 ? 'success' : 'failed',
    failedTasks: failed.map(no => tasks[no].id),
  };
}
