import { findCycle } from '../core/graph';
import type { LooseTask } from './graphProblems';
import type { ProblemList } from './problems';
import { didYouMean } from './suggest';

interface LooseGroup {
  index: number;
  id: string;
  parent?: string;
  isRetried: boolean;
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
  const isIn = (task: LooseTask) => {
    let id = task.raw.group as string | undefined;
    while (id !== undefined && id !== group.id) id = byId.get(id)!.parent;
    return id === group.id;
  };
  const members = new Set(tasks.filter(isIn).map(task => task.id));
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
