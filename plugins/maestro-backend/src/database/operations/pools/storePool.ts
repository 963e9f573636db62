import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { PoolRow } from '../../tables';

/** Makes a pool, or changes what is given of one that is there. */
export async function storePool(
  db: MaestroDatabase,
  tx: Tx,
  row: Pick<PoolRow, 'name' | 'slots' | 'updated_at'> & {
    /** Absent: stays. */
    description?: string | null;
  },
): Promise<void> {
  const { name, ...columns } = row;
  await db
    .table(tx, 'pools')
    .insert({ name, description: null, ...columns })
    .onConflict('name')
    .merge(columns);
}
