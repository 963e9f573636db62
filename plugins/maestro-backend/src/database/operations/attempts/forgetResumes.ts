import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/**
 * Forgets how tries of a run would have gone on: nothing of it does any more,
 * and there may be secrets in it.
 */
export async function forgetResumes(
  db: MaestroDatabase,
  tx: Tx,
  runId: number,
): Promise<void> {
  await db
    .table(tx, 'attempts')
    .where({ run_id: runId })
    .whereNotNull('resume')
    .update({ resume: null });
}
