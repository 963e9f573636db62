import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { ConnectionRow } from '../../tables';

/** Columns of a new connection. */
export type NewConnection = Omit<
  ConnectionRow,
  'id' | 'revision' | 'tested_at' | 'test_result'
>;

/** @returns false when the id exists; then nothing is changed */
export async function insertConnection(
  db: MaestroDatabase,
  tx: Tx,
  row: NewConnection,
): Promise<boolean> {
  const inserted = await db
    .table(tx, 'connections')
    .insert({ ...row, revision: 1 })
    .onConflict('conn_id')
    .ignore()
    .returning('id');
  return inserted.length === 1;
}
