import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/**
 * Removes events with what became of them. What runs saw of them is copied to
 * the runs and stays there.
 *
 * @returns how many went
 */
export async function removeAssetEvents(
  db: MaestroDatabase,
  tx: Tx,
  ids: readonly number[],
): Promise<number> {
  for (const table of ['asset_outcomes', 'asset_event_aliases'] as const) {
    await db
      .table(tx, table)
      .whereIn('event_id', ids as never)
      .delete();
  }
  return db
    .table(tx, 'asset_events')
    .whereIn('id', ids as never)
    .delete();
}
