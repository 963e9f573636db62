import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { AssetEventRow } from '../../tables';

/**
 * The last event of an asset as a whole, not of one partition; of several at one
 * instant the last stored.
 */
export async function newestAssetEvent(
  db: MaestroDatabase,
  tx: Tx,
  asset: string,
): Promise<AssetEventRow | undefined> {
  return (await db
    .table(tx, 'asset_events')
    .where({ asset })
    .whereNull('partition_key')
    .orderBy([
      { column: 'at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .first()) as AssetEventRow | undefined;
}
