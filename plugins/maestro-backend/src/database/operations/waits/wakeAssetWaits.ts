import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import { hurryTimers } from '../timers/timers';
import { waitRef } from './waits';

/**
 * Tasks that wait for an event of this asset look now. Only their timers are
 * touched: what follows is decided under the locks of their runs.
 *
 * @returns how many wait
 */
export async function wakeAssetWaits(
  db: MaestroDatabase,
  tx: Tx,
  asset: string,
  now: number,
): Promise<number> {
  const waits = await db
    .table(tx, 'waits')
    .where({ awaited_asset: asset })
    .select('run_id', 'task_no', 'map_index');
  const refs = waits.map(row =>
    waitRef({
      runId: num(row.run_id),
      taskNo: row.task_no,
      mapIndex: row.map_index,
    }),
  );
  await hurryTimers(db, tx, 'wait', refs, now);
  return refs.length;
}
