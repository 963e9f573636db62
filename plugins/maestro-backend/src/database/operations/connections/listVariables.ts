import type { Knex } from 'knex';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { VariableRow } from '../../tables';

/** All variables by key, or those that are named. */
export async function listVariables(
  db: MaestroDatabase,
  tx: Tx | Knex,
  keys?: readonly string[],
): Promise<VariableRow[]> {
  const query = db.table(tx, 'variables').orderBy('key').select('*');
  if (keys) query.whereIn('key', [...keys]);
  return (await query) as VariableRow[];
}
