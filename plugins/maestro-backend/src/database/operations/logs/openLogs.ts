import type { Knex } from 'knex';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { AttemptRow } from '../../tables';

/** Columns of an attempt that its log needs. */
export type AttemptLogRow = Pick<
  AttemptRow,
  | 'id'
  | 'attempt_id'
  | 'state'
  | 'executor'
  | 'executor_instance'
  | 'claimed_at'
  | 'masks'
  | 'log_state'
  | 'log_location'
  | 'log_bytes'
  | 'log_raw_offset'
  | 'log_gap'
  | 'log_place'
  | 'log_kept'
>;

const COLUMNS = [
  'id',
  'attempt_id',
  'state',
  'executor',
  'executor_instance',
  'claimed_at',
  'masks',
  'log_state',
  'log_location',
  'log_bytes',
  'log_raw_offset',
  'log_gap',
  'log_place',
  'log_kept',
] as const;

/** The log columns of one attempt. */
export async function attemptLog(
  db: MaestroDatabase,
  tx: Tx | Knex,
  attemptId: string,
): Promise<AttemptLogRow | undefined> {
  return (await db
    .table(tx, 'attempts')
    .where({ attempt_id: attemptId })
    .first(...COLUMNS)) as AttemptLogRow | undefined;
}

/** Attempts whose log is not sealed yet, by id, from `after` on. */
export async function openLogs(
  db: MaestroDatabase,
  tx: Tx | Knex,
  after: number,
  limit: number,
): Promise<AttemptLogRow[]> {
  return (await db
    .table(tx, 'attempts')
    .where({ log_state: 'open' })
    .andWhere('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .select(...COLUMNS)) as AttemptLogRow[];
}
