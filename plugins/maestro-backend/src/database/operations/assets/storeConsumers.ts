import {
  assetAlias,
  type ScheduleDefinition,
} from '@maestro/plugin-maestro-common';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import { aliasesOfEvents } from './assetAliases';

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
  const isAwaited = (schedule: string, names: readonly string[]) =>
    schedules
      .find(one => one.id === schedule)
      ?.assets?.names.some(name => names.includes(name));
  const others = waiting.filter(
    ({ schedule_id: id, asset }) => !isAwaited(id, [asset]),
  );
  const through = schedules.some(({ assets }) => assets?.aliases)
    ? await aliasesOfEvents(
        db,
        tx,
        others.map(row => num(row.event_id)),
      )
    : undefined;
  for (const { schedule_id: id, event_id: eventId } of others) {
    const aliases = through?.get(num(eventId)) ?? [];
    if (isAwaited(id, aliases.map(assetAlias))) continue;
    await db
      .table(tx, 'asset_outcomes')
      .where({ pipeline_id: pipelineId, schedule_id: id, event_id: eventId })
      .update({ outcome: 'skipped', reason: 'not_awaited' });
  }
}
