import type { Knex } from 'knex';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { AttemptRow } from '../../tables';

/** Columns that the task API needs. */
export type TokenAttempt = Pick<
  AttemptRow,
  | 'id'
  | 'attempt_id'
  | 'run_id'
  | 'task_no'
  | 'map_index'
  | 'masks'
  | 'cancel_requested_at'
>;

/**
 * The live attempt of a token. Without an index of its own: the live attempts
 * are few and have a partial index, and an ended one must not be found.
 */
export async function attemptOfToken(
  db: MaestroDatabase,
  tx: Tx | Knex,
  tokenHash: string,
): Promise<TokenAttempt | undefined> {
  // SQLite would read the whole table: without this it sees no reason not to.
  const table =
    db.dialect === 'sqlite'
      ? tx.raw('attempts indexed by attempts_live_executor_idx')
      : tx.raw('attempts');
  const row = await tx
    .from(table as unknown as string)
    .whereRaw("state <> 'ended'")
    .andWhere({ token_hash: tokenHash })
    .first(
      'id',
      'attempt_id',
      'run_id',
      'task_no',
      'map_index',
      'masks',
      'cancel_requested_at',
    );
  return row as TokenAttempt | undefined;
}
