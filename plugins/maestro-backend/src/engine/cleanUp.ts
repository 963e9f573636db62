import {
  type TaskDefinition,
  isFinalTaskState,
} from '@maestro/plugin-maestro-common';
import type { RunDraft } from './RunDraft';

/**
 * Whether a task still runs in a run that is being cancelled: teardowns, by
 * their own rule, and `finally`.
 */
export function isCleanUp(task: TaskDefinition): boolean {
  return task.teardown !== undefined || task.finally === true;
}

/** Whether nothing of a task may start any more, because of a cancel. */
export function isStopped(draft: RunDraft, no: number): boolean {
  const { cancel_requested_at: cancelled, cancel_forced_at: forced } =
    draft.run;
  if (cancelled === null) return false;
  return forced !== null || !isCleanUp(draft.task(no));
}

/** Whether tasks that clean up may still have to run in a cancelled run. */
export function cleansUp(draft: RunDraft): boolean {
  return (
    draft.run.cancel_forced_at === null &&
    draft.definition.tasks.some(
      task => isCleanUp(task) && !isFinalTaskState(draft.states[task.no]),
    )
  );
}

/** `state_reason` of a run that was cancelled. */
export function cancelledReason({ run }: RunDraft): string {
  return run.cancel_requested_by === 'maestro:run_timeout'
    ? 'run timed out'
    : 'cancelled';
}
