import type { ScheduleDefinition } from '@maestro/plugin-maestro-common';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/**
 * Replaces what the schedules of a pipeline wait for. Events that waited for
 * what is not awaited any more are let go.
 */
export async function storeConsumers(
  db: MaestroDatabase,
  tx: Tx,
  pipelineId: number,
  schedules: readonly ScheduleDefinition[],
): Promise<void> {
  const rows = schedules.flatMap(schedule =>
    (schedule.assets?.names ?? []).map(asset => ({
      asset,
      pipeline_id: pipelineId,
      schedule_id: schedule.id,
    })),
  );
  await db
    .table(tx, 'asset_consumers')
    .where({ pipeline_id: pipelineId })
    .delete();
  for (let i = 0; i < rows.length; i += 400) {
    await db.table(tx, 'asset_consumers').insert(rows.slice(i, i + 400));
  }
  const waiting = await db
    .table(tx, 'asset_outcomes')
    .where({ pipeline_id: pipelineId })
    // The words of the partial index.
    .whereRaw("outcome = 'waiting'")
    .select('schedule_id', 'event_id', 'asset');
  for (const { schedule_id: id, event_id: eventId, asset } of waiting) {
    const schedule = schedules.find(one => one.id === id);
    if (schedule?.assets?.names.includes(asset)) continue;
    await db
      .table(tx, 'asset_outcomes')
      .where({ pipeline_id: pipelineId, schedule_id: id, event_id: eventId })
      .update({ outcome: 'skipped', reason: 'not_awaited' });
  }
}
