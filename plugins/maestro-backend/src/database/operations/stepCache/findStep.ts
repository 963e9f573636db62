import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { StepCachePartRow, StepCacheRow } from '../../tables';
import { num } from '../../conversion';

/** A result that can be reused, locked: nobody removes it meanwhile. */
export interface FoundStep {
  entry: StepCacheRow;
  parts: StepCachePartRow[];
}

/**
 * The result under a key, locked until the transaction ends, so that its
 * objects have a reference at every moment: the entry's until its removal can
 * begin, and by then that of the run that reused it.
 *
 * @param of.ttlMs - of the task that asks; the shorter of this and the time to
 * live with which the result was kept counts
 */
export async function findStep(
  db: MaestroDatabase,
  tx: Tx,
  of: { pipelineId: number; key: string; ttlMs: number; now: number },
): Promise<FoundStep | undefined> {
  const query = db
    .table(tx, 'step_cache')
    .where({ pipeline_id: of.pipelineId, key: of.key })
    .first();
  // Who holds it may wait for a limit that is held here: then it is a miss.
  if (db.dialect === 'postgres') query.forUpdate().skipLocked();
  const entry = (await query) as StepCacheRow | undefined;
  if (
    !entry ||
    num(entry.expires_at) <= of.now ||
    num(entry.created_at) + of.ttlMs <= of.now
  ) {
    return undefined;
  }
  const parts = (await db
    .table(tx, 'step_cache_parts')
    .where({ entry_id: entry.id })) as StepCachePartRow[];
  return { entry, parts };
}
