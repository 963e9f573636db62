import type { ProducedAsset } from '@maestro/plugin-maestro-common';
import { insertAssetEvent } from '../database/operations/assets/insertAssetEvent';
import type { AttemptRow } from '../database/tables';
import type { RunDraft } from './RunDraft';

/**
 * Gives the assets of a task that succeeded an event each, in the transaction
 * that ends the attempt. What waits for them is told by timers: a crash behind
 * the commit loses nothing.
 */
export async function produceAssets(
  draft: RunDraft,
  attempt: AttemptRow,
): Promise<void> {
  const { ctx, tx, now } = draft;
  const task = draft.definition.tasks[attempt.task_no];
  for (const { asset, on } of inLockOrder(task.produces)) {
    if (on !== 'success') continue;
    const event = await insertAssetEvent(
      ctx.db,
      tx,
      {
        asset,
        source: 'task',
        source_key: assetSourceKey(attempt.attempt_id, asset),
        run_id: draft.id,
        task_id: task.id,
        map_index: attempt.map_index,
        attempt_id: attempt.attempt_id,
      },
      now,
    );
    if (!event) continue;
    draft.addEvent({
      type: 'asset',
      attemptId: attempt.attempt_id,
      body: {
        asset,
        task: task.id,
        ...(attempt.map_index < 0 ? {} : { mapIndex: attempt.map_index }),
      },
    });
    if (event.consumers + event.waits > 0) draft.setsTimers = true;
  }
}

/** Assets are locked when they have an event: by all in one order. */
export function inLockOrder(
  produces: readonly ProducedAsset[] = [],
): ProducedAsset[] {
  return [...produces].sort((a, b) => (a.asset < b.asset ? -1 : 1));
}

/** Of one attempt there is one event of an asset. */
export function assetSourceKey(attemptId: string, asset: string): string {
  return `attempt:${attemptId}:${asset}`;
}
