import type { TaskKind } from '../core/pipeline/definition';

/** What a task may do; it has exactly one of them. @internal */
export type TaskStep = TaskKind | 'kubernetes.resource';

/** @internal */
export const TASK_STEPS: readonly TaskStep[] = [
  'run',
  'branch',
  'wait',
  'http',
  'approve',
  'pipeline',
  'kubernetes.resource',
];

/** The steps that a task names. @internal */
export function stepsOf(task: object): TaskStep[] {
  return TASK_STEPS.filter(
    step => (task as Record<string, unknown>)[step] !== undefined,
  );
}

/** The kind of a task that has exactly one step. @internal */
export function taskKind(task: object): TaskKind {
  const [step = 'run'] = stepsOf(task);
  // For the engine it is an attempt of an executor like any other.
  return step === 'kubernetes.resource' ? 'run' : step;
}
