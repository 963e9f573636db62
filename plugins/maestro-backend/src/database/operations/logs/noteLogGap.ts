import type { Knex } from 'knex';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/**
 * Says what is missing in a log, whatever its state.
 *
 * @param gap - JSON for `log_gap`, from what it was
 * @returns false when it was something else meanwhile
 */
export async function noteLogGap(
  db: MaestroDatabase,
  tx: Tx | Knex,
  attemptId: string,
  gap: { from: string | null; to: string },
): Promise<boolean> {
  const changed = await db
    .table(tx, 'attempts')
    .where({ attempt_id: attemptId, log_gap: gap.from })
    .update({ log_gap: gap.to });
  return changed === 1;
}
