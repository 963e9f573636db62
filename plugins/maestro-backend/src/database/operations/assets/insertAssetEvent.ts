import { assetAlias } from '@maestro/plugin-maestro-common';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { AssetEventRow } from '../../tables';
import { setTimers } from '../timers/timers';
import { wakeAssetWaits } from '../waits/wakeAssetWaits';
import { storeAliases } from './assetAliases';
import { lockAsset } from './lockAsset';

/** An event before it has a number. */
export type NewAssetEvent = Pick<
  AssetEventRow,
  'asset' | 'source' | 'source_key'
> &
  Partial<AssetEventRow>;

/** An event of an asset that is named beside it. */
export interface ToldAssetEvent {
  event: Omit<NewAssetEvent, 'asset'>;
  /** Through which it came, without `@`. */
  aliases?: readonly string[];
}

/** An event that was stored. */
export interface StoredAssetEvent {
  id: number;
  /** Schedules that wait for it. */
  consumers: number;
  /** Tasks that wait for it. */
  waits: number;
}

/**
 * Stores an event, as {@link insertAssetEvents} does.
 *
 * @returns undefined when there is an event of that `source_key` already
 */
export async function insertAssetEvent(
  db: MaestroDatabase,
  tx: Tx,
  { asset, ...event }: NewAssetEvent,
  now: number,
): Promise<StoredAssetEvent | undefined> {
  const [stored] = await insertAssetEvents(db, tx, asset, [{ event }], now);
  return stored;
}

/**
 * Stores events of one asset, in their order, with a timer for each schedule that
 * waits for the asset, or for an alias through which one came: the consumers are
 * those of this moment, and each of them decides in a transaction of its own,
 * once this one is committed. Tasks that wait for the asset look again, unless
 * each event is of one partition. There may be a thousand, one a partition, and
 * locks are held: few statements store them all.
 *
 * @returns for each what was stored; undefined for one of whose `source_key`
 * there is an event already
 */
export async function insertAssetEvents(
  db: MaestroDatabase,
  tx: Tx,
  asset: string,
  told: readonly ToldAssetEvent[],
  now: number,
): Promise<Array<StoredAssetEvent | undefined>> {
  await lockAsset(db, tx, asset);
  // Who locked it before us may have taken long: it is not older than what
  // began to wait meanwhile.
  const at = Math.max(now, await db.now(tx));
  const ids = await insertRows(
    db,
    tx,
    told.map(({ event }) => ({ ...event, asset, at })),
  );
  const stored = told.flatMap(({ event, aliases = [] }, i) => {
    const id = ids[i];
    return id === undefined ? [] : [{ id, event, aliases }];
  });
  if (stored.length === 0) return told.map(() => undefined);
  await storeAliases(db, tx, asset, stored);
  const refs = await consumerRefs(db, tx, asset, stored);
  await setTimers(
    db,
    tx,
    [...refs.values()].flatMap(ofEvent =>
      ofEvent.map(ref => ({ kind: 'asset' as const, ref, dueAt: now })),
    ),
  );
  const isWhole = ({ event }: ToldAssetEvent) =>
    (event.partition_key ?? null) === null;
  const waits = stored.some(isWhole)
    ? await wakeAssetWaits(db, tx, asset, now)
    : 0;
  return told.map((one, i) => {
    const id = ids[i];
    return id === undefined
      ? undefined
      : {
          id,
          consumers: refs.get(id)!.length,
          waits: isWhole(one) ? waits : 0,
        };
  });
}

/** @returns their ids; undefined where a `source_key` has an event already */
async function insertRows(
  db: MaestroDatabase,
  tx: Tx,
  rows: ReadonlyArray<NewAssetEvent & { at: number }>,
): Promise<Array<number | undefined>> {
  const idOf = new Map<string, number>();
  for (let i = 0; i < rows.length; i += 400) {
    const inserted = await db
      .table(tx, 'asset_events')
      .insert(rows.slice(i, i + 400) as never)
      .onConflict('source_key')
      .ignore()
      .returning(['id', 'source_key']);
    for (const row of inserted as unknown as AssetEventRow[]) {
      idOf.set(row.source_key, num(row.id));
    }
  }
  return rows.map(({ source_key: key }) => {
    const id = idOf.get(key);
    // Of two of one key, the first is stored.
    idOf.delete(key);
    return id;
  });
}

/** References of the timers of all who wait, by event. */
async function consumerRefs(
  db: MaestroDatabase,
  tx: Tx,
  asset: string,
  events: ReadonlyArray<{ id: number; aliases: readonly string[] }>,
): Promise<Map<number, string[]>> {
  const aliases = new Set(events.flatMap(event => event.aliases));
  const consumers = await db
    .table(tx, 'asset_consumers')
    .whereIn('asset', [asset, ...[...aliases].map(assetAlias)])
    .orderBy(['pipeline_id', 'schedule_id']);
  return new Map(
    events.map(event => {
      const names = new Set([asset, ...event.aliases.map(assetAlias)]);
      // A schedule may wait for the asset and for an alias: it decides once.
      const refs = new Set(
        consumers
          .filter(consumer => names.has(consumer.asset))
          .map(
            ({ pipeline_id: pipeline, schedule_id: schedule }) =>
              `${event.id}/${pipeline}/${schedule}`,
          ),
      );
      return [event.id, [...refs]];
    }),
  );
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
