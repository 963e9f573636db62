import { findCycle } from '../core/run/graph';
import { DEFAULT_MAP_ITEMS } from '../core/run/mapping';
import { formatPath, type ProblemList, type ProblemPath } from './problems';
import { didYouMean } from './suggest';
import { stepsOf, TASK_STEPS } from './taskSteps';

/** A task as it was written, as far as it can be understood. @internal */
export interface LooseTask {
  /** Where it stands in the file. */
  path: ProblemPath;
  isFinally: boolean;
  /** Setups that it takes down; absent when it is no teardown. */
  teardown?: string[];
  id: string;
  dependsOn: string[];
  branch?: { then: string[]; else: string[] };
  raw: Record<string, unknown>;
}

/**
 * The tasks of a `spec` that may be wrong in other places.
 *
 * @internal
 */
export function looseTasks(spec: unknown): LooseTask[] {
  const lists = (spec ?? {}) as { tasks?: unknown; finally?: unknown };
  return (['tasks', 'finally'] as const).flatMap(place => {
    const tasks = lists[place];
    return Array.isArray(tasks) ? looseList(tasks, place) : [];
  });
}

function looseList(tasks: unknown[], place: 'tasks' | 'finally'): LooseTask[] {
  return tasks.flatMap((item, index) => {
    const raw = item as Record<string, any> | null;
    if (typeof raw !== 'object' || raw === null || typeof raw.id !== 'string') {
      return [];
    }
    const { branch, teardown } = raw;
    const isBranch = typeof branch === 'object' && branch !== null;
    const isTeardown = typeof teardown === 'object' && teardown !== null;
    return [
      {
        path: ['spec', place, index],
        isFinally: place === 'finally',
        id: raw.id,
        dependsOn: texts(raw.dependsOn),
        branch: isBranch
          ? { then: texts(branch.then), else: texts(branch.else) }
          : undefined,
        teardown: isTeardown ? texts(teardown.of) : undefined,
        raw,
      },
    ];
  });
}

// Keeps the positions: what is no text becomes one that no task can have.
function texts(value: unknown): string[] {
  return Array.isArray(value)
    ? value.map(item => (typeof item === 'string' ? item : ''))
    : [];
}

/** Ids, dependencies, cycles, branch targets. @internal */
export function findGraphProblems(
  tasks: readonly LooseTask[],
  list: ProblemList,
): void {
  const byId = new Map<string, LooseTask>();
  for (const task of tasks) {
    const first = byId.get(task.id);
    if (first) {
      list.add(
        [...task.path, 'id'],
        `Task id "${task.id}" is used already by ${formatPath(first.path)}`,
        'an id of its own for each task',
      );
    } else {
      byId.set(task.id, task);
    }
  }
  for (const task of tasks) {
    if (list.isFull) {
      return;
    }
    findTaskProblems(task, byId, list);
  }
  const cycle = findCycle(
    tasks.map(({ id, dependsOn, teardown = [] }) => ({
      id,
      dependsOn: [...dependsOn, ...teardown],
    })),
  );
  // A task that depends on itself was named above.
  if (cycle && cycle.length > 2) {
    list.add(
      [...byId.get(cycle[0])!.path, 'dependsOn'],
      `Tasks wait for each other: ${cycleText(cycle)}`,
      'no cycle',
    );
  }
}

/** The names along a cycle, of a long one its beginning and end. @internal */
export function cycleText(names: readonly string[]): string {
  const shown =
    names.length > 12 ? [...names.slice(0, 6), '…', ...names.slice(-5)] : names;
  return shown.join(' → ');
}

function findTaskProblems(
  task: LooseTask,
  byId: ReadonlyMap<string, LooseTask>,
  list: ProblemList,
): void {
  const { path } = task;
  const seen = new Set<string>();
  task.dependsOn.forEach((id, i) => {
    const place = [...path, 'dependsOn', i];
    if (id === task.id) {
      list.add(place, `Task "${id}" depends on itself`);
    } else if (id && !byId.has(id)) {
      list.add(
        place,
        `Task "${task.id}" depends on "${id}", which does not exist${didYouMean(
          id,
          byId.keys(),
        )}`,
        'the id of a task of this pipeline',
      );
    } else if (id && seen.has(id)) {
      list.warn(place, `"${id}" is listed twice`);
    }
    seen.add(id);
  });

  const { run, map } = task.raw;
  const steps = stepsOf(task.raw);
  if (steps.length === 0) {
    list.add(
      path,
      `Task "${task.id}" does nothing`,
      `one of ${TASK_STEPS.map(step => `"${step}"`).join(', ')}`,
    );
  } else if (steps.length > 1) {
    list.add(
      path,
      `Task "${task.id}" has both ${steps
        .map(step => `"${step}"`)
        .join(' and ')}`,
      'one of them',
    );
  }
  if (
    map !== undefined &&
    run === undefined &&
    task.raw['kubernetes.resource'] === undefined
  ) {
    list.add(
      [...path, 'map'],
      `Task "${task.id}" has "map" without "run"`,
      '"run": only commands run once for each item of a list',
    );
  }
  findMapProblems(task, list, [...path, 'map']);
  for (const side of ['then', 'else'] as const) {
    task.branch?.[side].forEach((id, i) => {
      const place = [...path, 'branch', side, i];
      const target = byId.get(id);
      if (id && !target) {
        list.add(
          place,
          `Branch "${
            task.id
          }" follows "${id}", which does not exist${didYouMean(
            id,
            byId.keys(),
          )}`,
          'the id of a task of this pipeline',
        );
      } else if (target && !target.dependsOn.includes(task.id)) {
        list.add(
          place,
          `Branch "${task.id}" follows "${id}", which does not depend on it`,
          `"${task.id}" in dependsOn of "${id}"`,
        );
      }
    });
  }
}

function findMapProblems(
  task: LooseTask,
  list: ProblemList,
  path: ProblemPath,
): void {
  const { over, maxItems } = (task.raw.map ?? {}) as Record<string, unknown>;
  if (!Array.isArray(over)) return;
  const limit = typeof maxItems === 'number' ? maxItems : DEFAULT_MAP_ITEMS;
  if (over.length > limit) {
    list.add(
      [...path, 'over'],
      `The list has ${over.length} items, more than maxItems (${limit})`,
    );
  }
}
