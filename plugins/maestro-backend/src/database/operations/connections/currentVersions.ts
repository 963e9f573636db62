import type { Knex } from 'knex';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/** Current version of every pipeline that is there, by name. */
export async function currentVersions(
  db: MaestroDatabase,
  tx: Tx | Knex,
): Promise<{ name: string; versionId: number }[]> {
  const rows = await db
    .table(tx, 'pipelines')
    .whereNull('removed_at')
    .whereNotNull('current_version_id')
    .orderBy('name')
    .select('name', 'current_version_id');
  return rows.map(row => ({
    name: row.name,
    versionId: num(row.current_version_id!),
  }));
}
