import type { Knex } from 'knex';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/** At most so many ids in one statement. */
const PAGE = 500;

/** Which of these attempts have a log that is not sealed yet. */
export async function openAmong(
  db: MaestroDatabase,
  tx: Tx | Knex,
  attemptIds: readonly string[],
): Promise<Set<string>> {
  const open = new Set<string>();
  for (let from = 0; from < attemptIds.length; from += PAGE) {
    const rows = await db
      .table(tx, 'attempts')
      .whereIn('attempt_id', attemptIds.slice(from, from + PAGE))
      .where({ log_state: 'open' })
      .select('attempt_id');
    for (const row of rows) open.add(row.attempt_id);
  }
  return open;
}
