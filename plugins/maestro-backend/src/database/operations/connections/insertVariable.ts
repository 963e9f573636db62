import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { VariableRow } from '../../tables';

/** @returns false when the key exists; then nothing is changed */
export async function insertVariable(
  db: MaestroDatabase,
  tx: Tx,
  row: Omit<VariableRow, 'id' | 'revision'>,
): Promise<boolean> {
  const inserted = await db
    .table(tx, 'variables')
    .insert({ ...row, revision: 1 })
    .onConflict('key')
    .ignore()
    .returning('id');
  return inserted.length === 1;
}
