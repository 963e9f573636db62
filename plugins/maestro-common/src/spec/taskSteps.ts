import type { TaskKind } from '../core/definition';

/** What a task may do; it has exactly one of them. @internal */
export const TASK_STEPS: readonly TaskKind[] = [
  'run',
  'branch',
  'wait',
  'http',
  'approve',
  'pipeline',
];

/** The steps that a task names. @internal */
export function stepsOf(task: object): TaskKind[] {
  return TASK_STEPS.filter(
    step => (task as Record<string, unknown>)[step] !== undefined,
  );
}

/** The kind of a task that has exactly one step. @internal */
export function taskKind(task: object): TaskKind {
  return stepsOf(task)[0] ?? 'run';
}
