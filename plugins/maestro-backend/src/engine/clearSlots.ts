import { deleteOutputs } from '../database/operations/outputs/deleteOutputs';
import type { AttemptRow } from '../database/tables';
import { CLEARED, FRESH_TASK, liveAttempts, requestCancel } from './outcome';
import type { RunDraft } from './RunDraft';

/**
 * Resets task instances, so that they run again; a live one is ended first.
 *
 * A mapped task loses its instances: when it is ready again its list is
 * evaluated anew, once nothing of the old one runs any more. Their rows stay as
 * `removed`, because attempts and logs belong to them, and are used again by
 * the items of the next list. A single instance keeps its item.
 */
export async function clearSlots(
  draft: RunDraft,
  selected: readonly number[],
  reason: string,
): Promise<void> {
  const { ctx, tx, id: runId } = draft;
  const live = new Map(
    (await liveAttempts(draft)).map(attempt => [
      draft.slotOf(attempt),
      attempt,
    ]),
  );
  for (const slot of selected) {
    if (draft.isDerived(slot)) {
      await removeInstances(draft, slot, { live, reason });
      continue;
    }
    const attempt = live.get(slot);
    // Never two attempts at once: it starts anew when this one is gone.
    if (attempt) await requestCancel(draft, attempt, CLEARED);
    // Who clears a task wants it to run, so it reuses nothing.
    else draft.setTask(slot, 'none', { ...FRESH_TASK, no_cache: true, reason });
  }
  const isTask = (slot: number) => draft.instance(slot).map_index < 0;
  await deleteOutputs(ctx.db, tx, {
    runId,
    taskIds: selected.filter(isTask).map(slot => draft.task(slot).id),
  });
  const instances = new Map<string, number[]>();
  for (const slot of selected) {
    if (isTask(slot)) continue;
    const { id } = draft.task(slot);
    const indices = instances.get(id) ?? [];
    indices.push(draft.instance(slot).map_index);
    instances.set(id, indices);
  }
  for (const [id, mapIndices] of instances) {
    await deleteOutputs(ctx.db, tx, { runId, taskIds: [id], mapIndices });
  }
}

async function removeInstances(
  draft: RunDraft,
  no: number,
  of: { live: ReadonlyMap<number, AttemptRow>; reason: string },
): Promise<void> {
  const { live, reason } = of;
  const gone = { item: null, item_shown: null, next_try_at: null };
  for (const slot of draft.children.get(no)!) {
    const attempt = live.get(slot);
    const state = draft.states[slot];
    if (attempt) {
      // Without an item it leaves when its attempt is gone, maybe at once.
      draft.setTask(slot, state, { ...gone, reason });
      await requestCancel(draft, attempt, CLEARED);
    } else if (state !== 'removed') {
      draft.setTask(slot, 'removed', { ...gone, reason });
    }
  }
  if (draft.isDerived(no)) return;
  draft.setTask(no, 'none', { ...FRESH_TASK, no_cache: true, reason });
}
