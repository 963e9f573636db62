import type { Knex } from 'knex';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { AssetEventRow, AssetOutcomeRow } from '../../tables';

/** Where the outcome of an event stands. */
export interface OutcomePlace {
  pipelineId: number;
  scheduleId: string;
}

/** Outcomes that wait for other assets, oldest event first. */
export async function waitingOutcomes(
  db: MaestroDatabase,
  tx: Tx | Knex,
  { pipelineId, scheduleId }: OutcomePlace,
): Promise<AssetOutcomeRow[]> {
  return (
    (await db
      .table(tx, 'asset_outcomes')
      .where({ pipeline_id: pipelineId, schedule_id: scheduleId })
      // The words of the partial index.
      .whereRaw("outcome = 'waiting'")
      .orderBy('event_id')) as AssetOutcomeRow[]
  );
}

/** Gives what waited to a run. */
export async function giveToRun(
  db: MaestroDatabase,
  tx: Tx,
  { pipelineId, scheduleId }: OutcomePlace,
  run: { id: number; decidedAt: number },
): Promise<void> {
  await db
    .table(tx, 'asset_outcomes')
    .where({ pipeline_id: pipelineId, schedule_id: scheduleId })
    .whereRaw("outcome = 'waiting'")
    .update({
      outcome: 'run',
      run_id: run.id,
      reason: null,
      decided_at: run.decidedAt,
    });
}

/** Events by id, oldest first. */
export async function eventsById(
  db: MaestroDatabase,
  tx: Tx,
  ids: readonly number[],
): Promise<AssetEventRow[]> {
  const rows: AssetEventRow[] = [];
  for (let i = 0; i < ids.length; i += 400) {
    const some = (await db
      .table(tx, 'asset_events')
      .whereIn('id', ids.slice(i, i + 400) as never)
      .orderBy('id')) as AssetEventRow[];
    rows.push(...some);
  }
  return rows;
}
