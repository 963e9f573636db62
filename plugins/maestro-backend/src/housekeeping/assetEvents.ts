import { setImmediate } from 'node:timers/promises';
import { num } from '../database/conversion';
import type { MaestroDatabase, Tx } from '../database/MaestroDatabase';
import {
  type ExpiredEvent,
  expiredAssetEvents,
} from '../database/operations/assets/expiredAssetEvents';
import { removeAssetEvents } from '../database/operations/assets/removeAssetEvents';
import { retryConflicts } from '../database/retryConflicts';

/**
 * Removes asset events that are older than `maxAgeMs`, but none that somebody
 * still needs, see {@link expiredAssetEvents}. They are looked up before and
 * looked at again as they go: what waits for a partition is needed once more when
 * something of it comes.
 *
 * @param maxAgeMs - undefined keeps all of them
 * @returns how many went
 */
export async function expireAssetEvents(
  db: MaestroDatabase,
  maxAgeMs: number | undefined,
  signal: AbortSignal,
): Promise<number> {
  let removed = 0;
  let after: ExpiredEvent | undefined;
  if (maxAgeMs === undefined) return removed;
  while (!signal.aborted) {
    const before = (await db.now()) - maxAgeMs;
    const events = await expiredAssetEvents(db.knex, { before, after });
    if (events.length === 0) break;
    after = events[events.length - 1];
    const ids = events.map(({ id }) => id);
    const remove = async (tx: Tx) => {
      await lockWaiting(db, tx, ids);
      const still = await expiredAssetEvents(tx, { before, ids });
      return removeAssetEvents(
        db,
        tx,
        still.map(({ id }) => id),
      );
    };
    // Who lists the catalog writes many pipelines in an order of its own.
    const count = await retryConflicts(() => db.transaction(remove));
    removed += count;
    // Others remove the same ones: they go on.
    if (count === 0) break;
    await setImmediate();
  }
  return removed;
}

/** Nothing is decided meanwhile where one of these events waits. */
async function lockWaiting(
  db: MaestroDatabase,
  tx: Tx,
  ids: readonly number[],
): Promise<void> {
  const pipelines = await db
    .table(tx, 'asset_outcomes')
    .whereIn('event_id', ids as never)
    .where({ outcome: 'waiting' })
    .distinct()
    .pluck('pipeline_id');
  await db.lockRows(
    tx,
    'pipelines',
    pipelines.map(id => num(id)),
  );
}
