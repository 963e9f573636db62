/**
 * What marking tasks does: the same answer for the preview and the act.
 *
 * @packageDocumentation
 */
import { NotFoundError } from '@backstage/errors';
import type { PipelineDefinition } from './definition';
import { reachable } from './graph';
import type { TaskState } from './states';

/** States that people may give to a task. @public */
export type MarkState = 'success' | 'failed' | 'skipped';

/** @public */
export interface MarkSelection {
  /** Numbers of the tasks that get the state, ascending. */
  marked: number[];
  /**
   * Numbers of the tasks below them that could not run because something had
   * failed, and are looked at again, ascending.
   */
  reset: number[];
}

/**
 * @param states - by task number
 * @throws NotFoundError for a task id that the pipeline does not have
 * @public
 */
export function markSelection(
  definition: PipelineDefinition,
  states: readonly TaskState[],
  options: { taskIds: readonly string[]; state: MarkState },
): MarkSelection {
  const numbers = new Map(definition.tasks.map(task => [task.id, task.no]));
  const named = options.taskIds.map(id => {
    const no = numbers.get(id);
    if (no === undefined) {
      throw new NotFoundError(
        `Pipeline "${definition.name}" has no task "${id}"`,
      );
    }
    return no;
  });
  const ascending = (a: number, b: number) => a - b;
  const marked = [...new Set(named)]
    .filter(no => states[no] !== options.state && states[no] !== 'removed')
    .sort(ascending);
  const reset =
    options.state === 'failed'
      ? []
      : [...reachable(definition, marked, 'downstream')]
          .filter(
            no => states[no] === 'upstream_failed' && !marked.includes(no),
          )
          .sort(ascending);
  return { marked, reset };
}
