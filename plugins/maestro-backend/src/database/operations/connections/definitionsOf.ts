import type { Knex } from 'knex';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { PipelineVersionRow } from '../../tables';

/** Definitions of versions; in batches, because SQLite bounds what one statement may bind. */
export async function definitionsOf(
  db: MaestroDatabase,
  tx: Tx | Knex,
  versionIds: readonly number[],
): Promise<Pick<PipelineVersionRow, 'id' | 'definition'>[]> {
  const found: Pick<PipelineVersionRow, 'id' | 'definition'>[] = [];
  for (let i = 0; i < versionIds.length; i += 100) {
    const rows = await db
      .table(tx, 'pipeline_versions')
      .whereIn('id', versionIds.slice(i, i + 100))
      .select('id', 'definition');
    found.push(...rows);
  }
  return found;
}
