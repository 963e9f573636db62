import type { Knex } from 'knex';
import { num, optionalNum } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { BackfillRow } from '../../tables';

/** Locks a backfill; who pauses or cancels it waits for who goes on with it. */
export async function lockBackfill(
  db: MaestroDatabase,
  tx: Tx,
  id: number,
): Promise<BackfillRow | undefined> {
  const query = db.table(tx, 'backfills').where({ id }).first();
  if (db.dialect === 'postgres') query.forUpdate();
  return (await query) as BackfillRow | undefined;
}

/** The logical dates that were asked for; undefined in a row from before. */
export function logicalRange(
  row: BackfillRow,
): { from: number; to: number } | undefined {
  const from = optionalNum(row.logical_from);
  const to = optionalNum(row.logical_to);
  return from === undefined || to === undefined ? undefined : { from, to };
}

/** Its runs that are not over. */
export async function liveBackfillRuns(
  db: MaestroDatabase,
  tx: Tx,
  id: number,
): Promise<Array<{ id: number; runId: string; isRunning: boolean }>> {
  const rows = await db
    .table(tx, 'runs')
    .where({ backfill_id: id })
    .whereIn('state', ['queued', 'running'] as never)
    .orderBy('id')
    .select('id', 'run_id', 'state');
  return rows.map(row => ({
    id: num(row.id),
    runId: row.run_id,
    isRunning: row.state === 'running',
  }));
}

/**
 * Another backfill's run of the same due time that runs now, by its public id.
 * Only a clear can bring two of them together: creating one looks before.
 */
export async function rivalOf(
  db: MaestroDatabase,
  tx: Tx | Knex,
  run: { id: number; backfillId: number },
): Promise<string | undefined> {
  const own = await db
    .table(tx, 'backfill_members')
    .where({ backfill_id: run.backfillId, run_id: run.id })
    .first('pipeline_id', 'schedule_id', 'due_at');
  if (!own) return undefined;
  const others = await db
    .table(tx, 'backfill_members')
    .where({
      pipeline_id: own.pipeline_id,
      schedule_id: own.schedule_id,
      due_at: own.due_at,
    })
    .whereNotNull('run_id')
    .select('run_id');
  const ids = others.map(row => num(row.run_id!)).filter(id => id !== run.id);
  if (ids.length === 0) return undefined;
  const rival = await db
    .table(tx, 'runs')
    .whereIn('id', ids as never)
    .where('state', 'running')
    .first('run_id');
  return rival?.run_id;
}
