import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import { throwAway } from '../retention/throwAway';

/**
 * Removes results. Their objects are written down as garbage; house-keeping
 * leaves those alone that a run still shows.
 *
 * @param ids - at most 200
 * @returns how many there were
 */
export async function removeSteps(
  db: MaestroDatabase,
  tx: Tx,
  ids: ReadonlyArray<number | string>,
): Promise<number> {
  const query = tx('step_cache')
    .whereIn('id', [...ids])
    .orderBy('id')
    .select('id');
  if (db.dialect === 'postgres') query.forUpdate();
  const locked = (await query).map(row => row.id);
  await removeParts(db, tx, locked);
  return tx('step_cache').whereIn('id', locked).delete();
}

/** Removes the parts of results, whose entries are locked. */
export async function removeParts(
  db: MaestroDatabase,
  tx: Tx,
  ids: ReadonlyArray<number | string>,
): Promise<void> {
  const parts = await db
    .table(tx, 'step_cache_parts')
    .whereIn('entry_id', [...ids] as number[])
    .whereNotNull('blob')
    .select('blob');
  await throwAway(
    db,
    tx,
    parts.map(({ blob }) => blob as string),
  );
  await db
    .table(tx, 'step_cache_parts')
    .whereIn('entry_id', [...ids] as number[])
    .delete();
}
