/**
 * Which tasks a clear resets: the same answer for the preview and the act.
 *
 * @packageDocumentation
 */
import { NotFoundError } from '@backstage/errors';
import type { PipelineDefinition } from './definition';
import { reachable } from './graph';
import type { TaskState } from './states';

/** @public */
export interface ClearOptions {
  /** Tasks to clear; without it all tasks of the run. */
  taskIds?: readonly string[];
  /** Also everything below them. */
  downstream?: boolean;
  /** Also everything above them. */
  upstream?: boolean;
  /** Of all these only what is `failed` or `upstream_failed`. */
  onlyFailed?: boolean;
}

/**
 * Numbers of the tasks that a clear resets to `none`, ascending. Tasks that
 * have not been anything yet, and removed ones, are not part of it.
 *
 * @param states - by task number
 * @throws NotFoundError for a task id that the pipeline does not have
 * @public
 */
export function clearSelection(
  definition: PipelineDefinition,
  states: readonly TaskState[],
  options: ClearOptions,
): number[] {
  const { taskIds, downstream, upstream, onlyFailed } = options;
  const selected = new Set<number>();
  if (taskIds) {
    const numbers = new Map(definition.tasks.map(task => [task.id, task.no]));
    for (const id of taskIds) {
      const no = numbers.get(id);
      if (no === undefined) {
        throw new NotFoundError(
          `Pipeline "${definition.name}" has no task "${id}"`,
        );
      }
      selected.add(no);
    }
    const named = [...selected];
    if (downstream) {
      reachable(definition, named, 'downstream').forEach(no =>
        selected.add(no),
      );
    }
    if (upstream) {
      reachable(definition, named, 'upstream').forEach(no => selected.add(no));
    }
  } else {
    definition.tasks.forEach(task => selected.add(task.no));
  }
  const isCleared = (state: TaskState) =>
    onlyFailed
      ? state === 'failed' || state === 'upstream_failed'
      : state !== 'none' && state !== 'removed';
  return [...selected]
    .filter(no => isCleared(states[no]))
    .sort((a, b) => a - b);
}
