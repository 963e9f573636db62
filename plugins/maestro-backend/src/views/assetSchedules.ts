import {
  aliasName,
  assetsGather,
  assetsInWords,
  missingAssets,
  type AssetScheduleFacts,
  type ScheduleDefinition,
} from '@maestro/plugin-maestro-common';
import { assetsOfAlias } from '../database/operations/assets/assetAliases';
import { lastRunAt } from '../database/operations/assets/lastRunAt';
import { waitingEvents } from '../database/operations/assets/waitingEvents';
import type { ViewContext } from './ViewContext';

/** Where a schedule stands that waits for assets. */
export async function readAssetSchedule(
  { db }: ViewContext,
  pipelineId: number,
  schedule: ScheduleDefinition,
  now: number,
): Promise<AssetScheduleFacts> {
  const place = { pipelineId, scheduleId: schedule.id };
  const { mode, names, parts, aliases = [] } = schedule.assets!;
  const waiting = assetsGather(schedule.assets!)
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
  };
}
