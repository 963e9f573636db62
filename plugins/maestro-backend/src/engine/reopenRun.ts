import { ConflictError } from '@backstage/errors';
import { RUN_TIMEOUT } from '@maestro/plugin-maestro-common';
import type { RunDraft } from './RunDraft';

/**
 * Whether tasks of a run may be cleared or marked by hand now.
 *
 * @param slots - all that is cleared, or gets a state
 * @throws ConflictError while the run is being cancelled, and for callbacks of
 * one that was, unless more than `finally` is begun anew with them: they are
 * not called after a cancel
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

function areLast(draft: RunDraft, slots: readonly number[]): boolean {
  const tasks = slots.map(slot => draft.task(slot));
  const hasTeardown = tasks.some(task => task.teardown !== undefined);
  // Callbacks come with a teardown, and would wait for ever in a cancelled run.
  if (hasTeardown && tasks.some(task => task.callback)) return false;
  return (
    tasks.length > 0 &&
    tasks.every(task => task.finally || task.teardown !== undefined)
  );
}
