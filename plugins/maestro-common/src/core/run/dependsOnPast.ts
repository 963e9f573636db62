import type { PipelineDefinition } from '../pipeline/definition';
import type { TaskState } from '../pipeline/states';

/** With these the task of the run before lets the next one go, as in Airflow. */
const LETS_GO: ReadonlySet<TaskState> = new Set<TaskState>([
  'success',
  'skipped',
  'removed',
]);

// A definition never changes after it was made.
const known = new WeakMap<PipelineDefinition, ReadonlySet<number>>();

/**
 * The tasks whose end in one run may let a task of the next one go: those with
 * `dependsOnPast`, and what is directly below those with `waitForDownstream`.
 *
 * @public
 */
export function tasksOfPast(
  definition: PipelineDefinition,
): ReadonlySet<number> {
  let tasks = known.get(definition);
  if (!tasks) {
    tasks = new Set(
      definition.tasks.flatMap(task => (task.dependsOnPast ? asked(task) : [])),
    );
    known.set(definition, tasks);
  }
  return tasks;
}

/**
 * The tasks that the run before holds back: with `dependsOnPast` until the same
 * task of that run succeeded or was skipped, with `waitForDownstream` also all
 * directly below it. A task that the run before did not have holds nothing.
 *
 * @param before - states of the run before by task id, of a mapped task one for
 * each instance
 * @public
 */
export function heldByPast(
  definition: PipelineDefinition,
  before: ReadonlyMap<string, readonly TaskState[]>,
): Set<number> {
  const { tasks } = definition;
  const isOpen = (no: number) =>
    (before.get(tasks[no].id) ?? []).some(state => !LETS_GO.has(state));
  return new Set(
    tasks
      .filter(task => task.dependsOnPast && asked(task).some(isOpen))
      .map(task => task.no),
  );
}

/** What a task asks for in the run before. */
function asked(task: PipelineDefinition['tasks'][number]): number[] {
  return task.waitForDownstream ? [task.no, ...task.downstream] : [task.no];
}
