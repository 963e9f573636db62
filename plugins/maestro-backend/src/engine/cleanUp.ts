import {
  type TaskDefinition,
  isFinalTaskState,
} from '@maestro/plugin-maestro-common';
import type { RunDraft } from './RunDraft';

/** Who cancels a run whose time is over. */
export const RUN_TIMEOUT = 'maestro:run_timeout';

/**
 * Whether a task still runs in a run that is being cancelled: teardowns, by
 * their own rule, and `finally`. Callbacks are called when the time of the run
 * was over; whoever cancels it otherwise knows.
 */
function isCleanUp({ run }: RunDraft, task: TaskDefinition): boolean {
  if (task.callback) return run.cancel_requested_by === RUN_TIMEOUT;
  return task.teardown !== undefined || task.finally === true;
}

/** Whether nothing of a task may start any more, because of a cancel. */
export function isStopped(draft: RunDraft, no: number): boolean {
  const { cancel_requested_at: cancelled, cancel_forced_at: forced } =
    draft.run;
  if (cancelled === null) return false;
  return forced !== null || !isCleanUp(draft, draft.task(no));
}

/** Whether tasks that clean up may still have to run in a cancelled run. */
export function cleansUp(draft: RunDraft): boolean {
  return (
    draft.run.cancel_forced_at === null &&
    draft.definition.tasks.some(
      task =>
        isCleanUp(draft, task) && !isFinalTaskState(draft.states[task.no]),
    )
  );
}

/** `state_reason` of a run that was cancelled. */
export function cancelledReason({ run }: RunDraft): string {
  return run.cancel_requested_by === RUN_TIMEOUT
    ? 'run timed out'
    : 'cancelled';
}
