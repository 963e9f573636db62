import type { Knex } from 'knex';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/**
 * Says that a log that is kept open for a trigger holds all that the process of
 * its attempt wrote, so that what comes now stands behind it.
 */
export async function markCopied(
  db: MaestroDatabase,
  tx: Tx | Knex,
  attemptId: string,
): Promise<void> {
  await db
    .table(tx, 'attempts')
    .where({ attempt_id: attemptId, log_state: 'open', log_kept: 'copying' })
    .update({ log_kept: 'copied' });
}
