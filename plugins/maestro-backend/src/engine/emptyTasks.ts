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
    if (draft.task(no).map) continue;
    passIfEmpty(draft, no);
  }
}

/** The same for one task, or an instance of it. */
export function passIfEmpty(draft: RunDraft, slot: number): void {
  if (!draft.task(slot).airflow?.empty) return;
  if (draft.states[slot] !== 'scheduled') return;
  draft.setTask(slot, 'success', {
    try_number: 1,
    started_at: draft.now,
    ended_at: draft.now,
    reason: 'it does nothing',
  });
}
