import type { PipelineDefinition } from '../core/pipeline/definition';
import { findCycle } from '../core/run/graph';
import { stepsInCircle } from '../core/run/planOrder';
import { cycleText, type LooseTask } from './graphProblems';
import { DEFAULT_MAP_ITEMS } from '../core/run/mapping';
import type { ProblemList, ProblemPath } from './problems';
import { didYouMean } from './suggest';

interface LooseGroup {
  index: number;
  id: string;
  parent?: string;
  isRetried: boolean;
  /** As it was written; absent when it is not mapped. */
  map?: Record<string, unknown>;
}

/** Groups: ids, nesting, and what retrying one as a whole needs. @internal */
export function findGroupProblems(
  spec: unknown,
  tasks: readonly LooseTask[],
  list: ProblemList,
): void {
  const groups = looseGroups(spec);
  const byId = new Map(groups.map(group => [group.id, group]));
  findNamingProblems(groups, byId, tasks, list);
  if (list.problems.length > 0) return;
  for (const group of groups) {
    if (list.isFull) return;
    if (group.isRetried) findRetryProblems(group, byId, tasks, list);
    if (group.map) findMapProblems(group, byId, tasks, list);
  }
}

function looseGroups(spec: unknown): LooseGroup[] {
  const { groups } = (spec ?? {}) as { groups?: unknown };
  if (!Array.isArray(groups)) return [];
  return groups.flatMap((raw, index) =>
    typeof raw === 'object' && raw !== null && typeof raw.id === 'string'
      ? [
          {
            index,
            id: raw.id,
            parent: typeof raw.parent === 'string' ? raw.parent : undefined,
            isRetried: raw.retries > 0,
            map:
              typeof raw.map === 'object' && raw.map !== null
                ? raw.map
                : undefined,
          },
        ]
      : [],
  );
}

function findNamingProblems(
  groups: readonly LooseGroup[],
  byId: ReadonlyMap<string, LooseGroup>,
  tasks: readonly LooseTask[],
  list: ProblemList,
): void {
  const seen = new Set<string>();
  const used = new Set(groups.map(group => group.parent));
  for (const { index, id, parent } of groups) {
    const path = ['spec', 'groups', index];
    if (seen.has(id)) {
      list.add(
        [...path, 'id'],
        `Group id "${id}" is used twice`,
        'an id of its own for each group',
      );
    }
    seen.add(id);
    if (parent !== undefined && !byId.has(parent)) {
      list.add(
        [...path, 'parent'],
        `Group "${id}" is in "${parent}", which does not exist${didYouMean(
          parent,
          byId.keys(),
        )}`,
        'the id of a group',
      );
    }
  }
  const cycle = findCycle(
    groups.map(({ id, parent }) => ({ id, dependsOn: parent ? [parent] : [] })),
  );
  if (cycle) {
    list.add(
      ['spec', 'groups', byId.get(cycle[0])!.index, 'parent'],
      `Groups are in each other: ${cycle.join(' → ')}`,
      'no cycle',
    );
  }
  for (const task of tasks) {
    const { group } = task.raw;
    if (typeof group !== 'string') continue;
    used.add(group);
    if (!byId.has(group)) {
      list.add(
        [...task.path, 'group'],
        `Task "${
          task.id
        }" is in group "${group}", which does not exist${didYouMean(
          group,
          byId.keys(),
        )}`,
        'the id of a group in spec.groups',
      );
    }
  }
  for (const { index, id } of groups) {
    if (used.has(id)) continue;
    list.warn(['spec', 'groups', index], `Group "${id}" has no tasks`);
  }
}

/** The groups that a task is in, innermost first. */
function groupsOf(
  task: LooseTask,
  byId: ReadonlyMap<string, LooseGroup>,
): LooseGroup[] {
  const groups: LooseGroup[] = [];
  let group = byId.get(task.raw.group as string);
  while (group) {
    groups.push(group);
    group = group.parent === undefined ? undefined : byId.get(group.parent);
  }
  return groups;
}

/**
 * What tells which task runs in a mapped group. Used by the check of
 * expressions, so it takes whatever was written.
 *
 * @internal
 */
export function mappedGroupOfTask(
  spec: unknown,
  task: LooseTask,
): { id: string; path: ProblemPath; over: unknown } | undefined {
  const groups = looseGroups(spec);
  const byId = new Map(groups.map(group => [group.id, group]));
  const seen = new Set<LooseGroup>();
  let group = byId.get(task.raw.group as string);
  while (group && !seen.has(group)) {
    if (group.map) {
      return {
        id: group.id,
        path: ['spec', 'groups', group.index, 'map', 'over'],
        over: group.map.over,
      };
    }
    seen.add(group);
    group = byId.get(group.parent as string);
  }
  return undefined;
}

/** A mapped group has one list, for commands that are in no other map. */
function findMapProblems(
  group: LooseGroup,
  byId: ReadonlyMap<string, LooseGroup>,
  tasks: readonly LooseTask[],
  list: ProblemList,
): void {
  const path = ['spec', 'groups', group.index, 'map'];
  const limit = Number(group.map!.maxItems ?? DEFAULT_MAP_ITEMS);
  const { over } = group.map!;
  if (Array.isArray(over) && over.length > limit) {
    list.add(
      [...path, 'over'],
      `The list has ${over.length} items, more than maxItems (${limit})`,
    );
  }
  const members = tasks.filter(task => groupsOf(task, byId).includes(group));
  for (const task of members) {
    const around = groupsOf(task, byId);
    const other = around
      .slice(around.indexOf(group) + 1)
      .find(each => each.map);
    if (other) {
      list.add(
        path,
        `Groups "${group.id}" and "${other.id}" are both mapped, and one is in the other`,
        'one of them mapped, over a list of pairs',
      );
      return;
    }
    const retried = around.find(each => each.isRetried);
    if (retried) {
      list.add(
        path,
        `Group "${group.id}" is mapped and "${retried.id}" is retried as a whole, which is not possible together`,
        'retries of the tasks in it',
      );
      return;
    }
    if (task.raw.map !== undefined) {
      list.add(
        [...task.path, 'map'],
        `Task "${task.id}" is mapped itself, in group "${group.id}" that is mapped`,
        'one of them mapped, over a list of pairs',
      );
    }
    if (
      task.raw.run === undefined &&
      task.raw['kubernetes.resource'] === undefined
    ) {
      list.add(
        [...task.path, 'group'],
        `Task "${task.id}" cannot be in group "${group.id}", which is mapped`,
        '"run": only commands run once for each item of a list',
      );
    }
  }
}

/**
 * A group that is retried as a whole ends as a whole, so nothing outside may
 * stand between two of its tasks, and what is set up in it is taken down in it.
 */
function findRetryProblems(
  group: LooseGroup,
  byId: ReadonlyMap<string, LooseGroup>,
  tasks: readonly LooseTask[],
  list: ProblemList,
): void {
  const members = new Set(
    tasks
      .filter(task => groupsOf(task, byId).includes(group))
      .map(task => task.id),
  );
  // There is no problem yet: whatever a task depends on is there.
  const below = new Map(tasks.map(({ id }) => [id, [] as string[]]));
  for (const task of tasks) {
    for (const up of [...task.dependsOn, ...(task.teardown ?? [])]) {
      below.get(up)!.push(task.id);
    }
  }
  const open = [...members].flatMap(id =>
    below.get(id)!.filter(next => !members.has(next)),
  );
  const seen = new Set(open);
  while (open.length > 0) {
    const id = open.pop()!;
    const back = below.get(id)!.find(next => members.has(next));
    if (back) {
      list.add(
        ['spec', 'groups', group.index, 'retries'],
        `Group "${group.id}" cannot be retried as a whole: its task "${back}" depends on "${id}", which is outside and waits for the group`,
        `"${id}" in the group, or no way out of the group and back`,
      );
      return;
    }
    for (const next of below.get(id)!) {
      if (!seen.has(next)) {
        seen.add(next);
        open.push(next);
      }
    }
  }
  for (const task of tasks) {
    const other = task.teardown?.find(
      id => members.has(id) !== members.has(task.id),
    );
    if (other === undefined) continue;
    list.add(
      [...task.path, 'teardown', 'of'],
      `"${other}" and its teardown "${task.id}" are not both in group "${group.id}", which is retried as a whole`,
      'setup and teardown in the same group',
    );
  }
}

/**
 * Groups that are retried as a whole and wait for each other: what depends on a
 * task of one begins when all of it is over, so none of them ever is.
 *
 * @param definition - of a pipeline without any other problem
 * @internal
 */
export function findWaitingGroups(
  definition: PipelineDefinition,
  list: ProblemList,
): void {
  const circle = stepsInCircle(definition);
  if (!circle) return;
  const { tasks, groups = [] } = definition;
  const groupAt = (step: number) => groups[step - tasks.length];
  const nameOf = (step: number) =>
    step < tasks.length
      ? `"${tasks[step].id}"`
      : `end of group "${groupAt(step).id}"`;
  // It begins with the group that stands first: the lowest of those steps.
  const steps = circle.slice(1);
  const ends = steps.filter(step => step >= tasks.length);
  const first = steps.indexOf(Math.min(...ends));
  const turned = [...steps.slice(first), ...steps.slice(0, first)];
  const ids = turned
    .filter(step => step >= tasks.length)
    .map(step => `"${groupAt(step).id}"`);
  list.add(
    ['spec', 'groups', groupAt(turned[0]).no, 'retries'],
    `Groups ${ids.slice(0, -1).join(', ')} and ${ids.at(
      -1,
    )} are retried as wholes and wait for each other: ${cycleText(
      [...turned, turned[0]].map(nameOf),
    )}`,
    'a way from group to group in one direction only, or retries of the tasks instead of all but one of these groups',
  );
}
