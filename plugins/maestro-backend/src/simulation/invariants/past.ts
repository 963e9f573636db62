import { mappedGroupOf, type TaskState } from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../../database/conversion';
import type { RunRow } from '../../database/tables';
import type { Violate } from './checkInvariants';
import type { Facts } from './Facts';

const LETS_GO = new Set<TaskState>(['success', 'skipped', 'removed']);

interface Change {
  task: string;
  indices?: string;
  from: TaskState;
  to: TaskState;
}

/**
 * A task that depends on the run before starts only after that one's was over:
 * in the order of the events, which have their numbers before they are
 * committed.
 */
export function checkPast(facts: Facts, violate: Violate): void {
  for (const run of facts.runs) {
    const definition = facts.definitionOf(num(run.version_id));
    const { tasks } = definition;
    const dependent = new Set(
      tasks.filter(task => task.dependsOnPast).map(task => task.id),
    );
    if (dependent.size === 0) continue;
    const before = runBefore(facts, run);
    if (!before) continue;
    const theirs = facts.definitionOf(num(before.version_id)).tasks;
    for (const event of facts.events) {
      if (num(event.run_id) !== num(run.id) || event.type !== 'tasks') continue;
      const changes: Change[] = JSON.parse(event.body).changes;
      for (const { task, indices, from, to } of changes) {
        if (!dependent.has(task)) continue;
        const { no } = tasks.find(({ id }) => id === task)!;
        // In a mapped group it is the instances that wait.
        const isWaiting =
          (indices !== undefined) ===
          (mappedGroupOf(definition, no) !== undefined);
        const starts = from === 'none' && to === 'scheduled' && isWaiting;
        if (!starts) continue;
        if (!theirs.some(({ id }) => id === task)) continue;
        if (!wasLetGo(facts, before, task, num(event.id))) {
          violate(
            'a task that depends on the past starts after it',
            `${run.run_key} ${task} starts, in ${before.run_key} it was never over well`,
          );
        }
      }
    }
  }
}

/** The state after the last change before, or one of any change before it. */
function wasLetGo(
  facts: Facts,
  run: RunRow,
  taskId: string,
  beforeEvent: number,
): boolean {
  return facts.events.some(
    event =>
      num(event.run_id) === num(run.id) &&
      event.type === 'tasks' &&
      num(event.id) < beforeEvent &&
      (JSON.parse(event.body).changes as Change[]).some(
        ({ task, indices, to }) =>
          task === taskId && indices === undefined && LETS_GO.has(to),
      ),
  );
}

function runBefore(facts: Facts, run: RunRow): RunRow | undefined {
  const date = optionalNum(run.logical_date);
  if (date === undefined) return undefined;
  return facts.runs
    .filter(
      other =>
        num(other.pipeline_id) === num(run.pipeline_id) &&
        (other.trigger === 'scheduled' || other.trigger === 'backfill') &&
        num(other.id) < num(run.id) &&
        num(other.logical_date ?? Infinity) < date,
    )
    .sort(
      (a, b) =>
        num(b.logical_date!) - num(a.logical_date!) || num(b.id) - num(a.id),
    )[0];
}
