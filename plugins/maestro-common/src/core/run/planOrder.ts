import type { PipelineDefinition } from '../pipeline/definition';
import { findCycle, topologicalOrder } from './graph';
import { groupMembers, retriedGroups, retriedGroupsOf } from './groups';

/**
 * The order in which a plan looks at a run. Its steps are the tasks and what
 * ends as one: each group with retries, after all its tasks and before all that
 * is below them, and everything before `finally`. So whatever a task sees of
 * the others is settled when its turn comes.
 *
 * | step                    | number                             |
 * | ----------------------- | ---------------------------------- |
 * | a task                  | its own                            |
 * | the end of a group      | tasks + number of the group        |
 * | the end of all but last | tasks + groups                     |
 *
 * @internal
 */
export interface PlanOrder {
  /** By step, its position. */
  rank: readonly number[];
  /** The step that is the end of all tasks before `finally`. */
  mainEnd: number;
}

// A definition never changes after it was made, so its order is found once.
const known = new WeakMap<PipelineDefinition, PlanOrder>();

/** @throws ConflictError when the definition has a cycle. @internal */
export function planOrder(definition: PipelineDefinition): PlanOrder {
  const cached = known.get(definition);
  if (cached) return cached;
  const mainEnd = definition.tasks.length + (definition.groups ?? []).length;
  const rank = new Array<number>(mainEnd + 1);
  stepsInOrder(definition, mainEnd).forEach((step, position) => {
    rank[step] = position;
  });
  const order = { rank, mainEnd };
  known.set(definition, order);
  return order;
}

/**
 * Steps that wait for each other, although no tasks depend on each other in a
 * circle: groups that are retried as one and of which each has a task below one
 * of another. A run of it comes to a stop there, unless it fails before.
 *
 * @returns steps of {@link PlanOrder} along one circle, each behind the one
 * before it, with the first repeated at the end; undefined without a circle
 * @throws ConflictError when tasks depend on each other in a circle
 * @internal
 */
export function stepsInCircle(
  definition: PipelineDefinition,
): number[] | undefined {
  // Only the end of a group is more than what tasks depend on.
  if (retriedGroups(definition).length === 0) return undefined;
  const { mainEnd } = planOrder(definition);
  const before: string[][] = Array.from({ length: mainEnd + 1 }, () => []);
  stepsBehind(definition, mainEnd).forEach((behind, step) =>
    behind.forEach(next => before[next].push(String(step))),
  );
  return findCycle(
    before.map((dependsOn, step) => ({ id: String(step), dependsOn })),
  )?.map(Number);
}

function stepsInOrder(
  definition: PipelineDefinition,
  mainEnd: number,
): readonly number[] {
  const behind = stepsBehind(definition, mainEnd);
  const missing = behind.map(() => 0);
  behind.forEach(next => next.forEach(step => missing[step]++));
  const order = missing.flatMap((n, step) => (n === 0 ? [step] : []));
  const placed = new Set(order);
  const place = (step: number) => {
    placed.add(step);
    order.push(step);
  };
  // `order` is also the queue: what is placed while walking is walked too.
  const walk = (from: number) => {
    for (let i = from; i < order.length; i++) {
      for (const next of behind[order[i]]) {
        missing[next]--;
        if (missing[next] === 0 && !placed.has(next)) place(next);
      }
    }
  };
  walk(0);
  if (order.length === behind.length) return order;
  // Groups that wait for each other: their tasks stand by their dependencies
  // alone, and some before the end of a group above them.
  for (const no of mainFirst(definition)) {
    if (placed.has(no)) continue;
    place(no);
    walk(order.length - 1);
  }
  return order;
}

/** By step, those that must not come before it. */
function stepsBehind(
  definition: PipelineDefinition,
  mainEnd: number,
): ReadonlyArray<readonly number[]> {
  const { tasks } = definition;
  const behind = Array.from({ length: mainEnd + 1 }, (): number[] => []);
  for (const task of tasks) {
    behind[task.no] = [...task.downstream];
    for (const group of retriedGroupsOf(definition, task.no)) {
      const end = tasks.length + group;
      const members = groupMembers(definition, group);
      behind[task.no].push(end);
      for (const below of task.downstream) {
        if (!members.has(below)) behind[end].push(below);
      }
    }
    if (task.finally) behind[mainEnd].push(task.no);
    else behind[task.no].push(mainEnd);
  }
  return behind;
}

function mainFirst(definition: PipelineDefinition): number[] {
  const order = topologicalOrder(definition);
  const isLast = (no: number) => definition.tasks[no].finally === true;
  return [...order.filter(no => !isLast(no)), ...order.filter(isLast)];
}
