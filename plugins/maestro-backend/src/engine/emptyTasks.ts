import type { RunDraft } from './RunDraft';

/**
 * Tasks that do nothing are a success in the transaction in which they become
 * ready: they need no process, and no slot.
 */
export function passEmptyTasks(
  draft: RunDraft,
  changed: readonly number[],
): void {
  for (const no of changed) {
    if (!draft.task(no).airflow?.empty) continue;
    if (draft.states[no] !== 'scheduled') continue;
    draft.setTask(no, 'success', {
      try_number: 1,
      started_at: draft.now,
      ended_at: draft.now,
      reason: 'it does nothing',
    });
  }
}
