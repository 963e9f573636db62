import type { Knex } from 'knex';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { ConnectionRow } from '../../tables';

/** All connections by id, or those that are named. */
export async function listConnections(
  db: MaestroDatabase,
  tx: Tx | Knex,
  connIds?: readonly string[],
): Promise<ConnectionRow[]> {
  const query = db.table(tx, 'connections').orderBy('conn_id').select('*');
  if (connIds) query.whereIn('conn_id', [...connIds]);
  return (await query) as ConnectionRow[];
}
