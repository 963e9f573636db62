/**
 * The graph of a pipeline: cycles, order, what lies above and below a task.
 * Every function is linear in tasks plus edges and keeps its own stack, so
 * that a chain of 10,000 tasks overflows nothing.
 *
 * @packageDocumentation
 */
import { ConflictError } from '@backstage/errors';
import type { PipelineDefinition } from '../pipeline/definition';

/**
 * What `findCycle` needs of a task.
 *
 * @public
 */
export interface TaskNode {
  id: string;
  dependsOn?: readonly string[];
}

/**
 * Looks for tasks that wait for each other.
 *
 * @returns the ids along one cycle, each depending on the one before it, with
 * the first repeated at the end (`['a', 'b', 'a']`; a task that depends on
 * itself gives `['a', 'a']`), or `undefined`. Upstream ids that no task has
 * are ignored; of tasks with the same id the first counts.
 *
 * @public
 */
export function findCycle(tasks: readonly TaskNode[]): string[] | undefined {
  const byId = new Map<string, TaskNode>();
  for (const task of tasks) {
    if (!byId.has(task.id)) {
      byId.set(task.id, task);
    }
  }
  const settled = new Set<string>();
  for (const root of byId.keys()) {
    if (settled.has(root)) {
      continue;
    }
    // The walk goes against the edges, from a task to what it depends on.
    const path: Array<{ id: string; next: number }> = [{ id: root, next: 0 }];
    const onPath = new Set([root]);
    while (path.length > 0) {
      const top = path[path.length - 1];
      const upstream = byId.get(top.id)!.dependsOn ?? [];
      if (top.next >= upstream.length) {
        path.pop();
        onPath.delete(top.id);
        settled.add(top.id);
        continue;
      }
      const id = upstream[top.next++];
      if (onPath.has(id)) {
        const ids = path.map(step => step.id);
        return [...ids.slice(ids.indexOf(id)), id].reverse();
      }
      if (byId.has(id) && !settled.has(id)) {
        path.push({ id, next: 0 });
        onPath.add(id);
      }
    }
  }
  return undefined;
}

interface Order {
  order: readonly number[];
  rank: readonly number[];
}

// A definition never changes after it was made, so its order is computed once.
const orders = new WeakMap<PipelineDefinition, Order>();

function orderOf(definition: PipelineDefinition): Order {
  const known = orders.get(definition);
  if (known) {
    return known;
  }
  const { tasks } = definition;
  const missing = tasks.map(task => task.upstream.length);
  const order = tasks
    .filter(task => task.upstream.length === 0)
    .map(task => task.no);
  // `order` is also the queue: what is appended while walking is walked too.
  for (let i = 0; i < order.length; i++) {
    for (const no of tasks[order[i]].downstream) {
      if (--missing[no] === 0) {
        order.push(no);
      }
    }
  }
  if (order.length < tasks.length) {
    const cycle = findCycle(
      tasks.map(({ id, upstream }) => ({
        id,
        dependsOn: upstream.map(no => tasks[no].id),
      })),
    );
    throw new ConflictError(
      `Pipeline "${definition.name}" has a cycle: ${(cycle ?? []).join(' → ')}`,
    );
  }
  const rank = new Array<number>(tasks.length);
  order.forEach((no, position) => {
    rank[no] = position;
  });
  const result = { order, rank };
  orders.set(definition, result);
  return result;
}

/**
 * Task numbers in an order in which every task comes after its upstreams.
 *
 * @throws ConflictError when the definition has a cycle, which the validator
 * refuses.
 * @public
 */
export function topologicalOrder(
  definition: PipelineDefinition,
): readonly number[] {
  return orderOf(definition).order;
}

/**
 * Position of each task number in `topologicalOrder`.
 *
 * @internal
 */
export function topologicalRank(
  definition: PipelineDefinition,
): readonly number[] {
  return orderOf(definition).rank;
}

/**
 * All tasks that lie above (`upstream`) or below (`downstream`) the given ones,
 * over any distance. The given tasks are part of the answer only where one is
 * reached from another.
 *
 * @public
 */
export function reachable(
  definition: PipelineDefinition,
  nos: readonly number[],
  direction: 'upstream' | 'downstream',
): Set<number> {
  const found = new Set<number>();
  const open = [...nos];
  while (open.length > 0) {
    const task = definition.tasks[open.pop()!];
    for (const no of task[direction]) {
      if (!found.has(no)) {
        found.add(no);
        open.push(no);
      }
    }
  }
  return found;
}
