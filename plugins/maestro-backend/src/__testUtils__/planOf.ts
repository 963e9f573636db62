import type { MaestroDatabase } from '../database/MaestroDatabase';

/** The steps of a statement's plan, one a line. */
export async function planOf(
  db: MaestroDatabase,
  sql: string,
  bindings: readonly unknown[],
): Promise<string[]> {
  if (db.dialect === 'sqlite') {
    const rows = await db.knex.raw(
      `explain query plan ${sql}`,
      bindings as never,
    );
    return rows.map((row: { detail: string }) => row.detail);
  }
  return db.transaction(async tx => {
    // On few rows it reads the table, rightly, unless it is told not to.
    await tx.raw('set local enable_seqscan = off');
    const { rows } = await tx.raw(
      `explain ${sql.replace(/\$\d+/g, '?')}`,
      bindings as never,
    );
    return rows.map((row: Record<string, string>) => row['QUERY PLAN']);
  });
}
