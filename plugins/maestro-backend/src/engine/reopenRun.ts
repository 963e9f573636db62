import { ConflictError } from '@backstage/errors';
import { RUN_TIMEOUT } from '@maestro/plugin-maestro-common';
import type { RunDraft } from './RunDraft';

/**
 * Whether tasks of a run may be cleared or marked by hand now.
 *
 * @param slots - all that is cleared, or gets a state
 * @throws ConflictError while the run is being cancelled, and for callbacks of
 * one that was, unless more than what cleans up is begun anew with them: they
 * are not called after a cancel
 */
export function assertMayChange(
  draft: RunDraft,
  slots: readonly number[],
  verb: string,
): void {
  const { run } = draft;
  if (run.cancel_requested_at === null) return;
  if (run.state === 'running') {
    throw new ConflictError(
      `Run ${run.run_id} is being cancelled; ${verb} when it has ended`,
    );
  }
  if (run.cancel_requested_by === RUN_TIMEOUT) return;
  if (
    areLast(draft, slots) &&
    slots.some(slot => draft.task(slot).callback !== undefined)
  ) {
    throw new ConflictError(
      `Run ${run.run_id} was cancelled, and its callbacks are not called after a cancel`,
    );
  }
}

/**
 * What a run forgets of its cancel when tasks of it are cleared or marked. That
 * it was cancelled, or its time was over, stays while it is only about teardowns
 * and tasks of `finally`: those before them are as the cancel left them, skipped,
 * and nothing else says that the run has failed.
 */
export function withoutCancel(draft: RunDraft, slots: readonly number[]) {
  return areLast(draft, slots)
    ? { cancel_forced_at: null }
    : {
        cancel_requested_at: null,
        cancel_requested_by: null,
        cancel_forced_at: null,
      };
}

/**
 * What is cleared or marked, without the callbacks that a teardown takes along in
 * a run that somebody cancelled: they are not called after that, and would wait
 * for ever.
 *
 * @param slots - all that is cleared, or gets a state
 */
export function withoutUncalled(
  draft: RunDraft,
  slots: readonly number[],
): number[] {
  const { cancel_requested_at: cancelled, cancel_requested_by: by } = draft.run;
  const isUncalled =
    cancelled !== null &&
    by !== RUN_TIMEOUT &&
    areLast(draft, slots) &&
    slots.some(slot => draft.task(slot).teardown !== undefined);
  return slots.filter(
    slot => !isUncalled || draft.task(slot).callback === undefined,
  );
}

function areLast(draft: RunDraft, slots: readonly number[]): boolean {
  return (
    slots.length > 0 &&
    slots
      .map(slot => draft.task(slot))
      .every(task => task.finally || task.teardown !== undefined)
  );
}
