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
  for (let i = 0; i < locations.length; i += ROWS) {
    await tx('garbage')
      .insert(
        locations.slice(i, i + ROWS).map(location => ({ location, since })),
      )
      .onConflict('location')
      .ignore();
  }
}
