import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/** SQLite takes at most 500 rows of a compound insert. */
const ROWS = 400;

/**
 * Writes down objects of the artifact store that nobody refers to once this
 * transaction is committed; house-keeping deletes them. So a crash leaves none
 * behind, and a rollback loses none.
 */
export async function throwAway(
  db: MaestroDatabase,
  tx: Tx,
  locations: readonly string[],
): Promise<void> {
  if (locations.length === 0) return;
  const since = await db.now(tx);
  // In one order: a run and the step cache may show the same ones, and go at once.
  const sorted = [...locations].sort();
  for (let i = 0; i < sorted.length; i += ROWS) {
    await tx('garbage')
      .insert(sorted.slice(i, i + ROWS).map(location => ({ location, since })))
      .onConflict('location')
      .ignore();
  }
}
