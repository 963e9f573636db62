import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { ArtifactRow } from '../../tables';

/**
 * Stores the row of a report, or replaces the one of that name.
 *
 * @returns location of the bytes that nobody refers to any more
 */
export async function putArtifact(
  db: MaestroDatabase,
  tx: Tx,
  row: Omit<ArtifactRow, 'id'>,
): Promise<string | undefined> {
  const { run_id, task_no, map_index, name } = row;
  const key = { run_id, task_no, map_index, name };
  const old = await db
    .table(tx, 'artifacts')
    .where(key)
    .first('id', 'location');
  if (!old) {
    await db.table(tx, 'artifacts').insert(row);
    return undefined;
  }
  await db.table(tx, 'artifacts').where({ id: old.id }).update(row);
  return old.location;
}
