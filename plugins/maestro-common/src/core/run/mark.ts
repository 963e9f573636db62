/**
 * What marking tasks does: the same answer for the preview and the act.
 *
 * @packageDocumentation
 */
import { NotFoundError } from '@backstage/errors';
import { instanceSlots } from './clear';
import type { PipelineDefinition } from '../pipeline/definition';
import { finallyTasks } from './finally';
import { reachable } from './graph';
import type { ChildSlots } from './mapping';
import { isFinalTaskState, type TaskState } from '../pipeline/states';

/** States that people may give to a task. @public */
export type MarkState = 'success' | 'failed' | 'skipped';

/** @public */
export interface MarkSelection {
  /** Slots of the tasks and instances that get the state, ascending. */
  marked: number[];
  /**
   * Slots of what is below them that could not run because something had
   * failed, and is looked at again, ascending; with them those of `finally`.
   */
  reset: number[];
}

/**
 * A mapped task that has instances is marked by marking all of them.
 *
 * @param states - by slot
 * @throws NotFoundError for a task id that the pipeline does not have, or an
 * instance that it does not have
 * @public
 */
export function markSelection(
  definition: PipelineDefinition,
  states: readonly TaskState[],
  options: {
    taskIds: readonly string[];
    state: MarkState;
    /** Only these instances of the one mapped task that is named. */
    mapIndices?: readonly number[];
  },
  children: ChildSlots = new Map(),
): MarkSelection {
  const numbers = new Map(definition.tasks.map(task => [task.id, task.no]));
  const { mapIndices } = options;
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
  const slotsOf = (no: number): readonly number[] => {
    const slots = (children.get(no) ?? []).filter(
      slot => states[slot] !== 'removed',
    );
    return slots.length > 0 ? slots : [no];
  };
  const markedOf = (no: number): readonly number[] =>
    (mapIndices
      ? instanceSlots(definition, no, states, { children, mapIndices })
      : slotsOf(no)
    ).filter(
      slot => states[slot] !== options.state && states[slot] !== 'removed',
    );
  const mayRunAgain = (slot: number) =>
    isFinalTaskState(states[slot]) ||
    (states[slot] !== 'none' && definition.tasks[slot]?.callback !== undefined);
  const marked = [...new Set(named)].flatMap(markedOf).sort(ascending);
  if (options.state === 'failed') return { marked, reset: [] };
  const below = [...new Set(named)].filter(no => markedOf(no).length > 0);
  const isMarked = new Set(marked);
  const again = [...reachable(definition, below, 'downstream')].flatMap(no =>
    slotsOf(no)
      .filter(slot => states[slot] === 'upstream_failed' && !isMarked.has(slot))
      .map(slot => ({ no, slot })),
  );
  const reset = new Set(again.map(({ slot }) => slot));
  // What runs after everything else runs again after them, and what is called
  // for an end that it is not.
  if (again.some(({ no }) => !definition.tasks[no].finally)) {
    finallyTasks(definition)
      .flatMap(slotsOf)
      .filter(slot => mayRunAgain(slot) && !isMarked.has(slot))
      .forEach(slot => reset.add(slot));
  }
  return { marked, reset: [...reset].sort(ascending) };
}
