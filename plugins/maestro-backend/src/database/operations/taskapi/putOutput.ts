import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { OutputRow } from '../../tables';

/**
 * Stores an output, or replaces the one of that key.
 *
 * @returns location of a blob that nobody refers to any more
 */
export async function putOutput(
  db: MaestroDatabase,
  tx: Tx,
  row: OutputRow,
): Promise<string | undefined> {
  const { run_id, task_id, map_index, key } = row;
  const old = await db
    .table(tx, 'outputs')
    .where({ run_id, task_id, map_index, key })
    .first('blob');
  await db
    .table(tx, 'outputs')
    .insert(row)
    .onConflict(['run_id', 'task_id', 'map_index', 'key'])
    .merge();
  return old?.blob ?? undefined;
}
