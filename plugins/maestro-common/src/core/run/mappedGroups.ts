/**
 * Mapped groups (Airflow: `task_group.expand`): all tasks of a group run once
 * for each item of one list. Each of them is a mapped task whose instances
 * come at the same time and have the same items; what is new is how one of its
 * instances is planned:
 *
 * | a neighbour of an instance     | what the instance sees of it         |
 * | ------------------------------ | ------------------------------------ |
 * | a task of the same group       | the instance with the same map index |
 * | a task outside                 | all of it, as every other task does  |
 *
 * Until the list is there, the group waits for the tasks that it is made from,
 * and for nothing else.
 *
 * @packageDocumentation
 */
import type { PipelineDefinition } from '../pipeline/definition';
import { topologicalRank } from './graph';
import { groupMembers, groupsAround } from './groups';
import { instancesIn, type ChildCounts, type ChildSlots } from './mapping';
import type { Readiness, SeenStates } from './readiness';
import { tasksOfSetup } from './setupTeardown';
import type { TaskState } from '../pipeline/states';
import { emptyUpstreamCounts } from '../pipeline/triggerRules';

interface MappedGroupIndex {
  /** By task: the mapped group that it is in. */
  groupOf: ReadonlyMap<number, number>;
  /** By mapped group: its tasks, each after those that it depends on. */
  tasksOf: ReadonlyMap<number, readonly number[]>;
  /** By task outside: the mapped groups with something that looks at it. */
  below: ReadonlyMap<number, readonly number[]>;
}

const NONE: MappedGroupIndex = {
  groupOf: new Map(),
  tasksOf: new Map(),
  below: new Map(),
};

// A definition never changes after it was made.
const indexes = new WeakMap<PipelineDefinition, MappedGroupIndex>();

function indexOf(definition: PipelineDefinition): MappedGroupIndex {
  const cached = indexes.get(definition);
  if (cached) return cached;
  const index = definition.groups?.some(group => group.map)
    ? makeIndex(definition)
    : NONE;
  indexes.set(definition, index);
  return index;
}

function makeIndex(definition: PipelineDefinition): MappedGroupIndex {
  const groups = definition.groups!;
  const rank = topologicalRank(definition);
  const groupOf = new Map<number, number>();
  for (const { no, group } of definition.tasks) {
    const mapped = groupsAround(groups, group).find(each => groups[each].map);
    if (mapped !== undefined) groupOf.set(no, mapped);
  }
  const tasksOf = new Map<number, number[]>();
  const below = new Map<number, Set<number>>();
  const addBelow = (no: number, group: number) => {
    if (groupOf.get(no) === group) return;
    below.set(no, (below.get(no) ?? new Set()).add(group));
  };
  for (const { no, map } of groups) {
    if (!map) continue;
    const tasks = [...groupMembers(definition, no)]
      .filter(task => groupOf.get(task) === no)
      .sort((a, b) => rank[a] - rank[b]);
    tasksOf.set(no, tasks);
    map.from.forEach(task => addBelow(task, no));
    for (const task of tasks) {
      definition.tasks[task].upstream.forEach(above => addBelow(above, no));
    }
  }
  for (const { no, setup } of definition.tasks) {
    if (!setup) continue;
    for (const task of tasksOfSetup(definition, no)) {
      const group = groupOf.get(task);
      if (group !== undefined) addBelow(no, group);
    }
  }
  // Of a group that is retried no task is over before all of it is.
  for (const { no } of groups.filter(group => group.retries > 0)) {
    const members = [...groupMembers(definition, no)];
    const seenBy = new Set(
      members.flatMap(task => [...(below.get(task) ?? [])]),
    );
    members.forEach(task => seenBy.forEach(group => addBelow(task, group)));
  }
  return {
    groupOf,
    tasksOf,
    below: new Map([...below].map(([no, set]) => [no, [...set]])),
  };
}

/**
 * The mapped group that a task is in.
 *
 * @returns its number; undefined for a task in none
 * @public
 */
export function mappedGroupOf(
  definition: PipelineDefinition,
  no: number,
): number | undefined {
  return indexOf(definition).groupOf.get(no);
}

/**
 * Tasks of each mapped group, each after those that it depends on, by number
 * of the group.
 *
 * @public
 */
export function mappedGroups(
  definition: PipelineDefinition,
): ReadonlyMap<number, readonly number[]> {
  return indexOf(definition).tasksOf;
}

/** Mapped groups, other than its own, that look at a task. @public */
export function mappedGroupsBelow(
  definition: PipelineDefinition,
  no: number,
): readonly number[] {
  return indexOf(definition).below.get(no) ?? [];
}

/**
 * Whether a task has instances now, so that it is they who are planned.
 *
 * @internal
 */
export function hasInstances(
  children: ChildCounts | undefined,
  no: number,
): boolean {
  const counts = children?.get(no);
  return counts !== undefined && instancesIn(counts) > 0;
}

/**
 * Whether the list of a mapped group can be made, as Airflow has it: what it
 * is made from must have succeeded, whatever the trigger rules in it are.
 *
 * @internal
 */
export function listReadiness(
  definition: PipelineDefinition,
  group: number,
  seen: SeenStates,
): Readiness {
  const { from } = definition.groups![group].map!;
  const counts = emptyUpstreamCounts(from.length);
  const states = from.map(no => seen.stateOf(no));
  if (states.some(state => state === 'failed' || state === 'upstream_failed')) {
    return { verdict: 'upstream_failed', counts };
  }
  if (states.includes('skipped')) return { verdict: 'skipped', counts };
  const isThere = states.every(state => state === 'success');
  return { verdict: isThere ? 'run' : 'wait', counts };
}

/**
 * What an instance of a task in a mapped group sees.
 *
 * @param states - by slot
 * @param outside - what the task itself sees
 * @param planned - states by slot that are newer than `states`
 * @internal
 */
export function seenByInstance(
  definition: PipelineDefinition,
  of: { group: number; index: number },
  known: {
    states: readonly TaskState[];
    slots: ChildSlots;
    outside: SeenStates;
    planned?: ReadonlyMap<number, TaskState>;
  },
): SeenStates {
  const { states, slots, outside, planned } = known;
  const slotOf = (no: number) => {
    if (mappedGroupOf(definition, no) !== of.group) return undefined;
    const slot = slots.get(no)?.[of.index];
    return slot === undefined || states[slot] === 'removed' ? undefined : slot;
  };
  return {
    stateOf: no => {
      const slot = slotOf(no);
      return slot === undefined
        ? outside.stateOf(no)
        : planned?.get(slot) ?? states[slot];
    },
    instancesOf: no =>
      slotOf(no) === undefined ? outside.instancesOf(no) : undefined,
  };
}
