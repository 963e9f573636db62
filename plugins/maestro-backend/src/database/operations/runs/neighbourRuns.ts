import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { RunRow } from '../../tables';
import type { Knex } from 'knex';

/** The words of the partial index. */
const OF_A_SCHEDULE = "trigger in ('scheduled', 'backfill')";

/** What is read of the run before a run. */
export type PreviousRun = Pick<
  RunRow,
  'id' | 'run_id' | 'version_id' | 'state' | 'logical_date'
>;

/**
 * The run before a run: of those that a schedule or a back-fill made, the
 * latest logical date before its own. Only runs that were there before it, so
 * that runs never wait for each other in a circle.
 */
export async function previousRun(
  db: MaestroDatabase,
  tx: Tx | Knex,
  run: Pick<RunRow, 'id' | 'pipeline_id' | 'logical_date'>,
): Promise<PreviousRun | undefined> {
  if (run.logical_date === null) return undefined;
  return db
    .table(tx, 'runs')
    .where({ pipeline_id: run.pipeline_id })
    .whereRaw(OF_A_SCHEDULE)
    .where('logical_date', '<', num(run.logical_date))
    .where('id', '<', num(run.id))
    .orderBy([
      { column: 'logical_date', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .first('id', 'run_id', 'version_id', 'state', 'logical_date');
}

/** Runs woken at once; whoever else waits looks by itself, later. */
const WOKEN = 5;

/** Running runs that may wait for this one: the next ones by logical date. */
export async function runsBehind(
  db: MaestroDatabase,
  tx: Tx,
  run: Pick<RunRow, 'id' | 'pipeline_id' | 'logical_date'>,
): Promise<number[]> {
  if (run.logical_date === null) return [];
  const rows = await db
    .table(tx, 'runs')
    .where({ pipeline_id: run.pipeline_id, state: 'running' })
    // The words of the partial index, or SQLite reads its whole history.
    .whereRaw("state in ('queued', 'running')")
    .where('logical_date', '>', num(run.logical_date))
    .where('id', '>', num(run.id))
    .orderBy([{ column: 'logical_date' }, { column: 'id' }])
    .limit(WOKEN)
    .select('id');
  return rows.map(row => num(row.id));
}
