import {
  isFinalRunState,
  isFinalTaskState,
  isLiveTaskState,
  isWorkOver,
} from '@maestro/plugin-maestro-common';
import { cancelledReason, isStopped } from './cleanUp';
import { giveUpGroups } from './groupRetries';
import { liveAttempts, requestCancel } from './outcome';
import type { RunDraft } from './RunDraft';
import { afterEnd, decideEnd } from './settle';

/** How a run is cancelled. */
export interface CancelOptions {
  /**
   * Ends what cleans up, too: teardowns and `finally`. Default false, also for
   * a run that is cancelled already, so that a request that was sent twice ends
   * no clean-up.
   */
  force?: boolean;
}

/**
 * Ends a run: what runs is ended, what waits is skipped. What cleans up still
 * runs, each task up to its own timeout: teardowns whose setup succeeded, and
 * `finally`. A run that was still in its queue ends at once. Of one that has
 * nothing left but callbacks these are ended, and its outcome stands, also in
 * the queue. Idempotent.
 */
export async function cancelRun(
  draft: RunDraft,
  actor: string,
  { force = false }: CancelOptions = {},
): Promise<void> {
  if (isQueuedForCallbacks(draft)) {
    await endCallbacks(draft, actor);
    await decideEnd(draft);
    if (draft.run.state !== 'queued') {
      await afterEnd(draft);
      return;
    }
  }
  const { run } = draft;
  const isCancelled = run.cancel_requested_at !== null;
  // One in the queue has ended since, and waits to clean up again.
  const isDone =
    isCancelled &&
    run.state === 'running' &&
    (!force || run.cancel_forced_at !== null);
  if (isFinalRunState(run.state) || isDone) return;
  if (!isCancelled && isWorkOver(draft.definition, draft.states)) {
    // What cancels by itself wants the work to end, and that has.
    if (!actor.startsWith('maestro:')) await endCallbacks(draft, actor);
    return;
  }
  const endsAll = force || run.state === 'queued';
  draft.setRun({
    ...(isCancelled
      ? {}
      : { cancel_requested_at: draft.now, cancel_requested_by: actor }),
    ...(endsAll ? { cancel_forced_at: draft.now } : {}),
  });
  // What a clear lets go on later does not bring back what was cancelled.
  const groups = isCancelled
    ? []
    : await giveUpGroups(
        draft,
        [...draft.states.keys()].filter(slot => {
          const state = draft.states[slot];
          return !isFinalTaskState(state) || state === 'failed';
        }),
      );
  draft.addEvent({
    type: 'run_cancelled',
    actor,
    body: {
      ...(force ? { force } : {}),
      ...(groups.length > 0 ? { groups } : {}),
    },
  });
  draft.states.forEach((state, no) => {
    if (isFinalTaskState(state) || isLiveTaskState(state)) return;
    if (draft.isDerived(no) || !isStopped(draft, no)) return;
    draft.setTask(no, 'skipped', {
      reason: `the run was cancelled by ${actor}`,
    });
  });
  for (const attempt of await liveAttempts(draft)) {
    if (!isStopped(draft, attempt.task_no)) continue;
    await requestCancel(draft, attempt, `cancelled by ${actor}`);
  }
  if (run.state === 'queued') {
    draft.setRun({
      state: 'failed',
      state_reason: cancelledReason(draft),
      ended_at: draft.now,
    });
    await afterEnd(draft);
  }
}

/** Whether a run that was over waits for a place to call some again. */
function isQueuedForCallbacks({ run, definition, states }: RunDraft): boolean {
  return (
    run.state === 'queued' &&
    definition.tasks.some(task => task.callback) &&
    definition.tasks.every(
      ({ no, callback }) => callback || isFinalTaskState(states[no]),
    )
  );
}

async function endCallbacks(draft: RunDraft, actor: string): Promise<void> {
  const live = await liveAttempts(draft);
  const waiting = draft.definition.tasks.filter(
    ({ no, callback }) =>
      callback &&
      !isFinalTaskState(draft.states[no]) &&
      !isLiveTaskState(draft.states[no]),
  );
  for (const { no } of waiting) {
    draft.setTask(no, 'skipped', {
      reason: `the run was cancelled by ${actor}, and nothing was left but this`,
    });
  }
  for (const attempt of live) {
    await requestCancel(draft, attempt, `cancelled by ${actor}`);
  }
  draft.addEvent({ type: 'callbacks_cancelled', actor, body: {} });
}
