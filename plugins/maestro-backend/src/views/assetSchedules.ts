import {
  aliasName,
  assetsGather,
  assetsInWords,
  missingAssets,
  type AssetScheduleFacts,
  type ScheduleDefinition,
} from '@maestro/plugin-maestro-common';
import { assetsOfAlias } from '../database/operations/assets/assetAliases';
import { gatheredKeys } from '../database/operations/assets/gatheredKeys';
import { lastRunAt } from '../database/operations/assets/lastRunAt';
import { waitingEvents } from '../database/operations/assets/waitingEvents';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import {
  newestRefusal,
  waitingPartitions,
} from '../database/operations/assets/waitingPartitions';
import type { ViewContext } from './ViewContext';

/** Partitions that are named, those that wait longest. */
const SHOWN = 5;

/** Where a schedule stands that waits for assets. */
export async function readAssetSchedule(
  { db }: ViewContext,
  pipelineId: number,
  schedule: ScheduleDefinition,
  now: number,
): Promise<AssetScheduleFacts> {
  const place = { pipelineId, scheduleId: schedule.id };
  const { mode, names, parts, aliases = [] } = schedule.assets!;
  const waiting =
    assetsGather(schedule.assets!) && !schedule.assets!.partitions
      ? await waitingEvents(db, db.knex, place, { names, newest: 0 })
      : undefined;
  const last = await lastRunAt(db, db.knex, place, schedule);
  const until =
    last === undefined ? undefined : last + (schedule.cooldownMs ?? 0);
  const unresolved: string[] = [];
  for (const name of aliases) {
    const known = await assetsOfAlias(db, db.knex, aliasName(name)!, 1);
    if (known.length === 0) unresolved.push(name);
  }
  const byPartition = schedule.assets!.partitions
    ? await readPartitions(db, pipelineId, schedule)
    : {};
  return {
    scheduleId: schedule.id,
    mode,
    names,
    missing: missingAssets(
      schedule.assets!,
      name => waiting?.assets.has(name) ?? false,
    ),
    nested: parts && assetsInWords(schedule.assets!),
    ...(unresolved.length > 0 ? { unresolved } : {}),
    waitingSince: waiting?.oldest?.decidedAt,
    cooldownUntil: until !== undefined && now < until ? until : undefined,
    ...byPartition,
  };
}

/** Which partitions wait for what, and whether the newest event is for none. */
async function readPartitions(
  db: MaestroDatabase,
  pipelineId: number,
  { id, assets }: ScheduleDefinition,
): Promise<Partial<AssetScheduleFacts>> {
  const place = { pipelineId, scheduleId: id };
  const { count, oldest } = await waitingPartitions(db, place, SHOWN);
  const shown = [];
  for (const { key, since } of oldest) {
    const { assets: has } = await waitingEvents(
      db,
      db.knex,
      { ...place, partitionKey: key },
      { names: assets!.names, newest: 0 },
    );
    const gathered = await gatheredKeys(
      db,
      db.knex,
      { ...place, partitionKey: key },
      assets!,
    );
    const missing = missingAssets(
      assets!,
      name => gathered.get(name)?.isThere ?? has.has(name),
    );
    const parts = missing.flatMap(asset => {
      const { wanted, missing: keys } = gathered.get(asset) ?? { wanted: 0 };
      return keys ? [{ asset, wanted, missing: keys }] : [];
    });
    shown.push({ key, missing, since, ...(parts.length > 0 && { parts }) });
  }
  const refused = await newestRefusal(db, place);
  return {
    partitions: { count, oldest: shown },
    ...(refused && { refused }),
    ...(shown.length > 0 && {
      missing: [...new Set(shown.flatMap(({ missing }) => missing))],
      waitingSince: shown[0].since,
    }),
  };
}
