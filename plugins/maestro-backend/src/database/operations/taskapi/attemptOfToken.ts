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
> & {
  /** Of the wait, when it is the token of a trigger; its attempt has ended. */
  waitId?: string;
};

const COLUMNS = [
  'id',
  'attempt_id',
  'run_id',
  'task_no',
  'map_index',
  'masks',
  'cancel_requested_at',
] as const;

/**
 * The live attempt of a token, or the one that waits for the trigger of it.
 * Without an index of its own: the live attempts are few and have a partial
 * index, and an ended one must not be found.
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
    .first(...COLUMNS);
  if (row) return row as TokenAttempt;
  const wait = await db
    .table(tx, 'waits')
    // The words of the partial index.
    .whereNotNull('token_hash')
    .where({ token_hash: tokenHash })
    .first('wait_id', 'attempt_id');
  if (!wait) return undefined;
  const waiting = await db
    .table(tx, 'attempts')
    .where({ attempt_id: wait.attempt_id! })
    .first(...COLUMNS);
  return waiting && { ...waiting, waitId: wait.wait_id! };
}
