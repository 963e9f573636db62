import { setImmediate } from 'node:timers/promises';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import {
  type ExpiredEvent,
  expiredAssetEvents,
} from '../database/operations/assets/expiredAssetEvents';
import { removeAssetEvents } from '../database/operations/assets/removeAssetEvents';

/**
 * Removes asset events that are older than `maxAgeMs`, but none that somebody
 * still needs, see {@link expiredAssetEvents}. Nobody comes to need one that
 * nobody needs now, so that it does not matter that it is looked up before.
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
    const count = await db.transaction(tx => removeAssetEvents(db, tx, ids));
    removed += count;
    // Others remove the same ones: they go on.
    if (count === 0) break;
    await setImmediate();
  }
  return removed;
}
