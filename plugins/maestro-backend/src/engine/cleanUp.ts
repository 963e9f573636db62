import {
  isFinalTaskState,
  RUN_TIMEOUT,
  runsAfterCancel,
  type TaskDefinition,
} from '@maestro/plugin-maestro-common';
import type { RunDraft } from './RunDraft';

/** Whether a task still runs, however its run was cancelled. */
function isCleanUp({ run }: RunDraft, task: TaskDefinition): boolean {
  return runsAfterCancel(task, {
    by: run.cancel_requested_by ?? undefined,
    isForced: run.cancel_forced_at !== null,
  });
}

/** Whether nothing of a task may start any more, because of a cancel. */
export function isStopped(draft: RunDraft, no: number): boolean {
  return (
    draft.run.cancel_requested_at !== null && !isCleanUp(draft, draft.task(no))
  );
}

/** Whether tasks that clean up may still have to run in a cancelled run. */
export function cleansUp(draft: RunDraft): boolean {
  return draft.definition.tasks.some(
    task => isCleanUp(draft, task) && !isFinalTaskState(draft.states[task.no]),
  );
}

/** `state_reason` of a run that was cancelled. */
export function cancelledReason({ run }: RunDraft): string {
  return run.cancel_requested_by === RUN_TIMEOUT
    ? 'run timed out'
    : 'cancelled';
}
