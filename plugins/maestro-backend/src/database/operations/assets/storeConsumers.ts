import {
  assetAlias,
  targetPartition,
  type ScheduleDefinition,
} from '@maestro/plugin-maestro-common';
import { num, optionalText } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { AssetOutcomeRow } from '../../tables';
import { aliasesOfEvents } from './assetAliases';
import { eventsById } from './waitingEvents';

/**
 * Replaces what the schedules of a pipeline wait for. Events that waited for
 * what is not awaited any more are let go, and so are those that are for another
 * partition by now.
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
    .select('schedule_id', 'event_id', 'asset', 'partition_key');
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
  const letGo = new Set(
    others.filter(({ schedule_id: id, event_id: eventId }) => {
      const aliases = through?.get(num(eventId)) ?? [];
      return !isAwaited(id, aliases.map(assetAlias));
    }),
  );
  const kept = waiting.filter(row => !letGo.has(row));
  for (const row of await ofOtherPartitions(db, tx, kept, schedules)) {
    letGo.add(row);
  }
  await letGoOf(db, tx, pipelineId, [...letGo]);
}

/** Of those of one schedule many at a time: there may be thousands. */
async function letGoOf(
  db: MaestroDatabase,
  tx: Tx,
  pipelineId: number,
  rows: ReadonlyArray<Pick<AssetOutcomeRow, 'schedule_id' | 'event_id'>>,
): Promise<void> {
  for (const scheduleId of new Set(rows.map(row => row.schedule_id))) {
    const ids = rows.flatMap(row =>
      row.schedule_id === scheduleId ? [row.event_id] : [],
    );
    for (let i = 0; i < ids.length; i += 400) {
      await db
        .table(tx, 'asset_outcomes')
        .where({ pipeline_id: pipelineId, schedule_id: scheduleId })
        .whereIn('event_id', ids.slice(i, i + 400))
        .whereRaw("outcome = 'waiting'")
        .update({ outcome: 'skipped', reason: 'not_awaited' });
    }
  }
}

/** Those that a schedule would take for another run than they wait for. */
async function ofOtherPartitions<
  Row extends Pick<
    AssetOutcomeRow,
    'schedule_id' | 'event_id' | 'asset' | 'partition_key'
  >,
>(
  db: MaestroDatabase,
  tx: Tx,
  rows: readonly Row[],
  schedules: readonly ScheduleDefinition[],
): Promise<Row[]> {
  const conditionOf = (id: string) =>
    schedules.find(one => one.id === id)!.assets!;
  const asked = rows.filter(
    row =>
      row.partition_key !== null || conditionOf(row.schedule_id).partitions,
  );
  const events = await eventsById(
    db,
    tx,
    asked.map(row => num(row.event_id)),
  );
  const keys = new Map(
    events.map(event => [num(event.id), optionalText(event.partition_key)]),
  );
  return asked.filter(row => {
    const now = targetPartition(conditionOf(row.schedule_id), {
      asset: row.asset,
      partitionKey: keys.get(num(row.event_id)),
    });
    return !('key' in now) || now.key !== row.partition_key;
  });
}
