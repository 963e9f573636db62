/**
 * Which tasks a clear resets: the same answer for the preview and the act.
 *
 * @packageDocumentation
 */
import { NotFoundError } from '@backstage/errors';
import type { PipelineDefinition } from './definition';
import { finallyTasks } from './finally';
import { reachable } from './graph';
import { groupMembers } from './groups';
import { withSetups } from './setupTeardown';
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
  /**
   * What failed or could not run, and all below that; the others say nothing
   * then.
   */
  fromFailed?: boolean;
  /** Only these instances of the one mapped task that is named. */
  mapIndices?: readonly number[];
  /** Groups to clear, with all that is in them. */
  groupIds?: readonly string[];
}

/**
 * Where the instances of mapped tasks stand: slots by task number, by map
 * index. Slot i is task i; the instances stand behind the last task.
 *
 * @public
 */
export type ChildSlots = ReadonlyMap<number, readonly number[]>;

/**
 * Numbers of the tasks that a clear resets to `none`, ascending, and slots of
 * single instances. Tasks that have not been anything yet, and removed ones, are
 * not part of it.
 *
 * The number of a mapped task means all of it: its list is made anew. Of its
 * instances alone are those that are named, and those that failed when only
 * what failed is wanted.
 *
 * What a task works with comes along, whatever its state: its setups, and
 * their teardowns. So does `finally`, which runs after everything else.
 *
 * @param states - by slot
 * @throws NotFoundError for a task or group that the pipeline does not have, or
 * an instance that it does not have
 * @public
 */
export function clearSelection(
  definition: PipelineDefinition,
  states: readonly TaskState[],
  options: ClearOptions,
  children: ChildSlots = new Map(),
): number[] {
  if (options.fromFailed) return failedAndBelow(definition, states, children);
  const { taskIds, groupIds, downstream, upstream, onlyFailed, mapIndices } =
    options;
  const selected = new Set<number>();
  if (taskIds || groupIds) {
    const numbers = new Map(definition.tasks.map(task => [task.id, task.no]));
    for (const id of groupIds ?? []) {
      const group = definition.groups?.find(candidate => candidate.id === id);
      if (!group) {
        throw new NotFoundError(
          `Pipeline "${definition.name}" has no group "${id}"`,
        );
      }
      groupMembers(definition, group.no).forEach(no => selected.add(no));
    }
    for (const id of taskIds ?? []) {
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
  const isAnything = (state: TaskState) =>
    state !== 'none' && state !== 'removed';
  const isCleared = (state: TaskState) =>
    onlyFailed
      ? state === 'failed' || state === 'upstream_failed'
      : isAnything(state);
  const taskOf = new Map<number, number>();
  const cleared = new Set<number>();
  for (const no of selected) {
    const instances = (children.get(no) ?? []).filter(
      slot => states[slot] !== 'removed',
    );
    let slots = onlyFailed && instances.length > 0 ? instances : [no];
    if (mapIndices && definition.tasks[no].id === taskIds?.[0]) {
      slots = instanceSlots(definition, no, states, { children, mapIndices });
    }
    for (const slot of slots.filter(each => isCleared(states[each]))) {
      cleared.add(slot);
      taskOf.set(slot, no);
    }
  }
  // What comes along comes as a whole, unless part of it was named.
  const named = new Set(taskOf.values());
  const along = withSetups(definition, named);
  if ([...named].some(no => !definition.tasks[no].finally)) {
    finallyTasks(definition).forEach(no => along.add(no));
  }
  for (const no of along) {
    if (!named.has(no) && isAnything(states[no])) cleared.add(no);
  }
  return [...cleared].sort((a, b) => a - b);
}

/** Instances that failed, and whole tasks below them: these saw their outcome. */
function failedAndBelow(
  definition: PipelineDefinition,
  states: readonly TaskState[],
  children: ChildSlots,
): number[] {
  const failed = clearSelection(
    definition,
    states,
    { onlyFailed: true },
    children,
  );
  const taskOf = new Map<number, number>();
  children.forEach((slots, no) => slots.forEach(slot => taskOf.set(slot, no)));
  const tasks = [...new Set(failed.map(slot => taskOf.get(slot) ?? slot))];
  const below = new Set(reachable(definition, tasks, 'downstream'));
  const ownFailed = failed.filter(slot => !below.has(taskOf.get(slot) ?? slot));
  // A mapped set-up of what lies below comes along; of one that failed itself
  // it is the failed instances: an instance and its task are never both cleared.
  const inPart = new Set(ownFailed.map(slot => taskOf.get(slot)));
  const whole = clearSelection(
    definition,
    states,
    { taskIds: [...below].map(no => definition.tasks[no].id) },
    children,
  ).filter(slot => !inPart.has(slot));
  return [...new Set([...ownFailed, ...whole])].sort((a, b) => a - b);
}

/**
 * Slots of instances of a mapped task.
 *
 * @throws NotFoundError for one that it does not have
 * @internal
 */
export function instanceSlots(
  definition: PipelineDefinition,
  no: number,
  states: readonly TaskState[],
  of: { children: ChildSlots; mapIndices: readonly number[] },
): number[] {
  const slots = of.children.get(no) ?? [];
  return of.mapIndices.map(index => {
    const slot = slots[index];
    if (slot === undefined || states[slot] === 'removed') {
      const there = slots.filter(known => states[known] !== 'removed').length;
      throw new NotFoundError(
        `Task "${definition.tasks[no].id}" has no instance ${index}: ${
          there === 0
            ? 'it has none in this run'
            : `it has 0 to ${there - 1} in this run`
        }`,
      );
    }
    return slot;
  });
}
