import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { StepCachePartRow, StepCacheRow } from '../../tables';
import { removeParts } from './removeSteps';

/** SQLite takes at most 500 rows of a compound insert. */
const ROWS = 400;

/** Keeps a result under its key; an older one of that key is replaced. */
export async function storeStep(
  db: MaestroDatabase,
  tx: Tx,
  entry: Omit<StepCacheRow, 'id' | 'hits' | 'used_at'>,
  parts: ReadonlyArray<Omit<StepCachePartRow, 'entry_id'>>,
): Promise<void> {
  const [stored] = (await db
    .table(tx, 'step_cache')
    .insert({ ...entry, used_at: entry.created_at, hits: 0 } as never)
    .onConflict(['pipeline_id', 'key'])
    .merge()
    .returning('id')) as unknown as Array<{ id: number | string }>;
  await removeParts(db, tx, [stored.id]);
  const rows = parts.map(part => ({ ...part, entry_id: stored.id }));
  for (let i = 0; i < rows.length; i += ROWS) {
    await db.table(tx, 'step_cache_parts').insert(rows.slice(i, i + ROWS));
  }
}
