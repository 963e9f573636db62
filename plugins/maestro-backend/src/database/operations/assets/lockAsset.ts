import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import { lockLimit } from '../attempts/limits';

/**
 * Serialises events of an asset against those who look for one: a look that
 * saw no event sets its timer before the event wakes it, never after. Taken
 * before timers are, by both.
 */
export async function lockAsset(
  db: MaestroDatabase,
  tx: Tx,
  asset: string,
): Promise<void> {
  await lockLimit(db, tx, `asset:${asset}`);
}
