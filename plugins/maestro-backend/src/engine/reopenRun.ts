import { ConflictError } from '@backstage/errors';
import { RUN_TIMEOUT } from './cleanUp';
import type { RunDraft } from './RunDraft';

/**
 * Whether tasks of a run may be cleared or marked by hand now.
 *
 * @param slots - all that is cleared, or gets a state
 * @throws ConflictError while the run is being cancelled, and for nothing but
 * callbacks of one that was cancelled: what is left of it would be a success
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
  if (areCallbacks(draft, slots)) {
    throw new ConflictError(
      `Run ${run.run_id} was cancelled, and its callbacks are not called after a cancel`,
    );
  }
}

/**
 * What a run forgets of its cancel when tasks of it are cleared or marked. That
 * its time was over stays while it is only about callbacks: nothing else says
 * that it has failed.
 */
export function withoutCancel(draft: RunDraft, slots: readonly number[]) {
  return areCallbacks(draft, slots)
    ? { cancel_forced_at: null }
    : {
        cancel_requested_at: null,
        cancel_requested_by: null,
        cancel_forced_at: null,
      };
}

function areCallbacks(draft: RunDraft, slots: readonly number[]): boolean {
  return (
    slots.length > 0 &&
    slots.every(slot => draft.task(slot).callback !== undefined)
  );
}
