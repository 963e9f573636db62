import type { PipelineDefinition } from '../pipeline/definition';
import { reachable } from './graph';
import { isIgnorable } from './setupTeardown';
import type { TaskState } from '../pipeline/states';

/** The outcome of some tasks by their leaves. @internal */
export interface LeafOutcome {
  /** Leaves that failed or could not run; none means success. */
  badLeaves: number[];
  /** The failed tasks behind them, ascending; empty when none of them failed. */
  failed: number[];
}

const isBad = (state: TaskState) =>
  state === 'failed' || state === 'upstream_failed';

/**
 * How some tasks, all final, ended: as in Airflow the leaves decide, and a
 * failed task with a clean-up below it that succeeds is no failure. A teardown
 * is looked through: the leaf is what stands above it, unless its failure is to
 * fail the run.
 *
 * @param within - the tasks; edges that leave it do not count
 * @internal
 */
export function leafOutcome(
  definition: PipelineDefinition,
  within: ReadonlySet<number>,
  stateOf: (no: number) => TaskState,
): LeafOutcome {
  const { tasks } = definition;
  const isLeaf = (no: number) =>
    !isIgnorable(tasks[no]) &&
    !tasks[no].downstream.some(
      next => within.has(next) && !isIgnorable(tasks[next]),
    );
  let leaves = [...within].filter(isLeaf);
  if (leaves.length === 0) {
    // Nothing but teardowns: then they are what there is.
    leaves = [...within].filter(
      no => !tasks[no].downstream.some(next => within.has(next)),
    );
  }
  const badLeaves = leaves
    .filter(no => isBad(stateOf(no)))
    .sort((a, b) => a - b);
  const above = reachable(definition, badLeaves, 'upstream');
  badLeaves.forEach(no => above.add(no));
  const failed = [...above]
    .filter(no => within.has(no) && stateOf(no) === 'failed')
    .sort((a, b) => a - b);
  return { badLeaves, failed };
}
