import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/**
 * Says of a log that something is missing in it, unless it tells of a gap
 * already: the first one is named.
 *
 * @param gap - JSON for `log_gap`
 */
export async function noteLogGap(
  db: MaestroDatabase,
  tx: Tx,
  attemptId: string,
  gap: string,
): Promise<void> {
  await db
    .table(tx, 'attempts')
    .where({ attempt_id: attemptId })
    .whereNull('log_gap')
    .update({ log_gap: gap });
}
