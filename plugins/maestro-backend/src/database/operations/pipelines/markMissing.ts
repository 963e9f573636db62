import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/**
 * Notes what a listing said about a pipeline that is not in it.
 *
 * @returns false when another process did it already
 */
export async function markMissing(
  db: MaestroDatabase,
  tx: Tx,
  pipelineId: number,
  decision: 'missing' | 'remove',
  now: number,
): Promise<boolean> {
  const query = db.table(tx, 'pipelines').where({ id: pipelineId });
  const changed =
    decision === 'missing'
      ? await query.whereNull('missing_since').update({ missing_since: now })
      : await query.whereNull('removed_at').update({ removed_at: now });
  return changed === 1;
}

/** It is listed again although nothing new was read of it. */
export async function markListed(
  db: MaestroDatabase,
  tx: Tx,
  pipelineId: number,
  now: number,
): Promise<void> {
  await db
    .table(tx, 'pipelines')
    .where({ id: pipelineId })
    .update({ missing_since: null, removed_at: null, seen_at: now });
}

/** Notes the listing on those that it has, in few statements. */
export async function markSeen(
  db: MaestroDatabase,
  tx: Tx,
  pipelineIds: readonly number[],
  now: number,
): Promise<void> {
  for (let i = 0; i < pipelineIds.length; i += 400) {
    await db
      .table(tx, 'pipelines')
      .whereIn('id', pipelineIds.slice(i, i + 400))
      .update({ seen_at: now });
  }
}
