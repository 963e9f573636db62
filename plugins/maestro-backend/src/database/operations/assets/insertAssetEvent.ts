import { assetAlias } from '@maestro/plugin-maestro-common';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { AssetEventRow } from '../../tables';
import { setTimer } from '../timers/timers';
import { wakeAssetWaits } from '../waits/wakeAssetWaits';
import { storeAliases } from './assetAliases';
import { lockAsset } from './lockAsset';

/** An event before it has a number. */
export type NewAssetEvent = Pick<
  AssetEventRow,
  'asset' | 'source' | 'source_key'
> &
  Partial<AssetEventRow>;

/**
 * Stores an event with a timer for each schedule that waits for its asset, or
 * for an alias through which it came: the consumers are those of this moment,
 * and each of them decides in a transaction of its own, once this one is
 * committed. Tasks that wait for it look again, unless it is of one partition.
 *
 * @param aliases - through which the event came, without `@`
 * @returns its id, how many schedules and how many tasks wait for it; undefined
 * when there is an event of that `source_key` already
 */
export async function insertAssetEvent(
  db: MaestroDatabase,
  tx: Tx,
  event: NewAssetEvent,
  now: number,
  aliases: readonly string[] = [],
): Promise<{ id: number; consumers: number; waits: number } | undefined> {
  await lockAsset(db, tx, event.asset);
  // Who locked it before us may have taken long: it is not older than what
  // began to wait meanwhile.
  const at = Math.max(now, await db.now(tx));
  const inserted = await db
    .table(tx, 'asset_events')
    .insert({ ...event, at } as never)
    .onConflict('source_key')
    .ignore()
    .returning('id');
  if (inserted.length === 0) return undefined;
  const id = num((inserted[0] as unknown as { id: number }).id);
  await storeAliases(db, tx, { id, asset: event.asset }, aliases);
  const consumers = await db
    .table(tx, 'asset_consumers')
    .whereIn('asset', [event.asset, ...aliases.map(assetAlias)])
    .orderBy(['pipeline_id', 'schedule_id']);
  // A schedule may wait for the asset and for an alias: it decides once.
  const refs = new Set(
    consumers.map(
      ({ pipeline_id: pipeline, schedule_id: schedule }) =>
        `${id}/${pipeline}/${schedule}`,
    ),
  );
  for (const ref of refs) {
    await setTimer(db, tx, { kind: 'asset', ref, dueAt: now });
  }
  const isWhole = (event.partition_key ?? null) === null;
  const waits = isWhole ? await wakeAssetWaits(db, tx, event.asset, now) : 0;
  return { id, consumers: refs.size, waits };
}

/** The other way round of the `ref` of its timers. */
export function parseAssetRef(ref: string): {
  eventId: number;
  pipelineId: number;
  scheduleId: string;
} {
  const [eventId, pipelineId, ...rest] = ref.split('/');
  return {
    eventId: Number(eventId),
    pipelineId: Number(pipelineId),
    scheduleId: rest.join('/'),
  };
}
