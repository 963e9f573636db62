/**
 * Which tasks a clear resets: the same answer for the preview and the act.
 *
 * @packageDocumentation
 */
import { NotFoundError } from '@backstage/errors';
import type { PipelineDefinition } from '../pipeline/definition';
import { finallyTasks } from './finally';
import { reachable } from './graph';
import { groupMembers } from './groups';
import { mappedGroupOf, mappedGroups } from './mappedGroups';
import type { ChildSlots } from './mapping';
import { withSetups } from './setupTeardown';
import type { TaskState } from '../pipeline/states';

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
 * Numbers of the tasks that a clear resets to `none`, ascending, and slots of
 * single instances. Tasks that have not been anything yet, and removed ones, are
 * not part of it.
 *
 * The number of a mapped task means all of it: its list is made anew. Of its
 * instances alone are those that are named, and those that failed when only
 * what failed is wanted. The list of a mapped group is made anew when all its
 * tasks are cleared; otherwise their instances are. What lies below or above
 * named instances of such a task is, in the group, that of the same indices,
 * unless a task outside is between them.
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
  const { downstream, upstream, onlyFailed, mapIndices } = options;
  const named = namedTasks(definition, options);
  if (mapIndices) {
    const [no] = named.keys();
    instanceSlots(definition, no, states, { children, mapIndices });
    named.set(no, new Set(mapIndices));
  }
  const wanted: Parts = new Map(named);
  if (downstream) spread(definition, named, 'downstream', wanted);
  if (upstream) spread(definition, named, 'upstream', wanted);
  return slotsOfParts(definition, states, wanted, { children, onlyFailed });
}

/** By task number: all of it, or the instances of these map indices. */
type Parts = Map<number, 'all' | ReadonlySet<number>>;

function namedTasks(
  definition: PipelineDefinition,
  { taskIds, groupIds }: ClearOptions,
): Parts {
  if (!taskIds && !groupIds) {
    return new Map(definition.tasks.map(task => [task.no, 'all']));
  }
  const named: Parts = new Map();
  const numbers = new Map(definition.tasks.map(task => [task.id, task.no]));
  for (const id of taskIds ?? []) {
    const no = numbers.get(id);
    if (no === undefined) {
      throw new NotFoundError(
        `Pipeline "${definition.name}" has no task "${id}"`,
      );
    }
    named.set(no, 'all');
  }
  for (const id of groupIds ?? []) {
    const group = definition.groups?.find(candidate => candidate.id === id);
    if (!group) {
      throw new NotFoundError(
        `Pipeline "${definition.name}" has no group "${id}"`,
      );
    }
    groupMembers(definition, group.no).forEach(no => named.set(no, 'all'));
  }
  return named;
}

/** Adds what lies below or above, in a mapped group at the same indices. */
function spread(
  definition: PipelineDefinition,
  from: Parts,
  direction: 'upstream' | 'downstream',
  to: Parts,
): void {
  const whole = [...from].filter(([, part]) => part === 'all');
  const nos = whole.map(([no]) => no);
  reachable(definition, nos, direction).forEach(no => to.set(no, 'all'));
  for (const [no, part] of from) {
    if (part === 'all') continue;
    const group = mappedGroupOf(definition, no);
    const isBeside = (other: number) =>
      group !== undefined && mappedGroupOf(definition, other) === group;
    const found = reachable(definition, [no], direction);
    found.forEach(other => addPart(to, other, isBeside(other) ? part : 'all'));
    // What is outside sees all of the group, and the group all of it: behind it
    // every index is another one.
    const outside = [...found].filter(other => !isBeside(other));
    for (const other of reachable(definition, outside, direction)) {
      addPart(to, other, 'all');
    }
  }
}

function addPart(
  to: Parts,
  no: number,
  part: 'all' | ReadonlySet<number>,
): void {
  const known = to.get(no);
  if (part === 'all' || known === 'all') to.set(no, 'all');
  else to.set(no, new Set([...(known ?? []), ...part]));
}

function slotsOfParts(
  definition: PipelineDefinition,
  states: readonly TaskState[],
  wanted: Parts,
  { children, onlyFailed }: { children: ChildSlots; onlyFailed?: boolean },
): number[] {
  const isAnything = (state: TaskState) =>
    state !== 'none' && state !== 'removed';
  const isCleared = (slot: number) =>
    onlyFailed
      ? states[slot] === 'failed' || states[slot] === 'upstream_failed'
      : isAnything(states[slot]);
  const instancesOf = (no: number, part: 'all' | ReadonlySet<number> = 'all') =>
    (children.get(no) ?? []).filter(
      (slot, index) =>
        states[slot] !== 'removed' && (part === 'all' || part.has(index)),
    );
  const cleared = new Set<number>();
  const touched: Parts = new Map();
  const renewed = onlyFailed
    ? new Set<number>()
    : renewedGroups(definition, wanted);
  for (const [no, part] of wanted) {
    const group = mappedGroupOf(definition, no);
    const instances = instancesOf(no);
    const isInGroup = group !== undefined && !renewed.has(group);
    const isSingle = part !== 'all' || onlyFailed || isInGroup;
    const slots =
      instances.length > 0 && isSingle ? instancesOf(no, part) : [no];
    // Those that wait for their first start must not keep the old list.
    const isRenewed =
      group !== undefined && renewed.has(group) && instances.length > 0;
    for (const slot of slots) {
      if (!isCleared(slot) && !isRenewed) continue;
      cleared.add(slot);
      touched.set(no, part);
    }
  }
  for (const [no, part] of along(definition, touched)) {
    const group = mappedGroupOf(definition, no);
    const instances = instancesOf(no, part);
    const isSingle = group !== undefined && instances.length > 0;
    // A mapped task that is in no such group comes along as a whole.
    for (const slot of isSingle ? instances : [no]) {
      if (isAnything(states[slot])) cleared.add(slot);
    }
  }
  return [...cleared].sort((a, b) => a - b);
}

/** Mapped groups that are cleared as a whole. */
function renewedGroups(
  definition: PipelineDefinition,
  wanted: Parts,
): ReadonlySet<number> {
  return new Set(
    [...mappedGroups(definition)]
      .filter(([, members]) => members.every(no => wanted.get(no) === 'all'))
      .map(([group]) => group),
  );
}

/** What comes along: as a whole, in a mapped group at the same indices. */
function along(definition: PipelineDefinition, touched: Parts): Parts {
  const found: Parts = new Map();
  const nos = withSetups(definition, touched.keys());
  if ([...touched.keys()].some(no => !definition.tasks[no].finally)) {
    finallyTasks(definition).forEach(no => nos.add(no));
  }
  for (const no of nos) {
    // Of what was named itself, what was named.
    if (touched.has(no)) continue;
    const group = mappedGroupOf(definition, no);
    const beside = [...touched].filter(
      ([other]) =>
        group !== undefined && mappedGroupOf(definition, other) === group,
    );
    if (beside.length === 0) found.set(no, 'all');
    beside.forEach(([, part]) => addPart(found, no, part));
  }
  return found;
}

/** Instances that failed, and whole tasks below them: these saw their outcome. */
function failedAndBelow(
  definition: PipelineDefinition,
  states: readonly TaskState[],
  children: ChildSlots,
): number[] {
  const isFailed = (slot: number) =>
    states[slot] === 'failed' || states[slot] === 'upstream_failed';
  const failed: Parts = new Map();
  for (const { no } of definition.tasks) {
    const slots = children.get(no) ?? [];
    if (slots.some(slot => states[slot] !== 'removed')) {
      const indices = [...slots.keys()].filter(i => isFailed(slots[i]));
      if (indices.length > 0) failed.set(no, new Set(indices));
    } else if (isFailed(no)) {
      failed.set(no, 'all');
    }
  }
  const wanted: Parts = new Map(failed);
  spread(definition, failed, 'downstream', wanted);
  return slotsOfParts(definition, states, wanted, { children });
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
