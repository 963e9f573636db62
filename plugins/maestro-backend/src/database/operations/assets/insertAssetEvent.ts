import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { AssetEventRow } from '../../tables';
import { setTimer } from '../timers/timers';
import { wakeAssetWaits } from '../waits/wakeAssetWaits';
import { lockAsset } from './lockAsset';

/** An event before it has a number. */
export type NewAssetEvent = Pick<
  AssetEventRow,
  'asset' | 'source' | 'source_key'
> &
  Partial<AssetEventRow>;

/**
 * Stores an event with a timer for each schedule that waits for its asset: the
 * consumers are those of this moment, and each of them decides in a transaction
 * of its own, once this one is committed. Tasks that wait for it look again.
 *
 * @returns its id, how many schedules and how many tasks wait for it; undefined
 * when there is an event of that `source_key` already
 */
export async function insertAssetEvent(
  db: MaestroDatabase,
  tx: Tx,
  event: NewAssetEvent,
  now: number,
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
  const consumers = await db
    .table(tx, 'asset_consumers')
    .where({ asset: event.asset })
    .orderBy(['pipeline_id', 'schedule_id']);
  for (const consumer of consumers) {
    await setTimer(db, tx, {
      kind: 'asset',
      ref: `${id}/${consumer.pipeline_id}/${consumer.schedule_id}`,
      dueAt: now,
    });
  }
  const waits = await wakeAssetWaits(db, tx, event.asset, now);
  return { id, consumers: consumers.length, waits };
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
