import {
  aliasName,
  describeSchedule,
  type Asset,
} from '@maestro/plugin-maestro-common';
import { bool, num } from '../database/conversion';
import {
  assetsOfAlias,
  lastEventThrough,
} from '../database/operations/assets/assetAliases';
import type { PipelineRow } from '../database/tables';
import { assetEventsById } from './assetEvents';
import { readAssetSchedule } from './assetSchedules';
import type { ViewContext } from './ViewContext';

/** Assets of an alias that are named. */
const STANDS_FOR = 100;

/**
 * Every asset that a pipeline produces or awaits now, that ever had an event, or
 * that tasks keep a state of, by name; and aliases of assets that it names.
 */
export async function listAssets(ctx: ViewContext): Promise<Asset[]> {
  const { db } = ctx;
  const assets = new Map<string, Asset>();
  const named = (name: string) => {
    const known = assets.get(name);
    if (known) return known;
    const asset: Asset = { name, producers: [], consumers: [], waiters: [] };
    assets.set(name, asset);
    return asset;
  };
  const now = await db.now();
  for (const { row, facts } of await livePipelines(ctx)) {
    const pipeline = { pipeline: row.name, entityRef: row.entity_ref };
    for (const { asset, taskId, alert } of facts.produces) {
      named(asset).producers.push({
        ...pipeline,
        taskId,
        ...(alert === undefined ? {} : { alert }),
      });
    }
    for (const { asset, taskId } of facts.waitsFor) {
      named(asset).waiters.push({ ...pipeline, taskId });
    }
    for (const schedule of facts.schedules) {
      if (!schedule.assets) continue;
      const state = await readAssetSchedule(ctx, num(row.id), schedule, now);
      for (const name of schedule.assets.names) {
        named(name).consumers.push({
          ...pipeline,
          scheduleId: schedule.id,
          scheduleText: describeSchedule(schedule),
          paused: bool(row.paused),
          missing:
            state.waitingSince === undefined ? undefined : [...state.missing],
          waitingSince: state.waitingSince,
          cooldownUntil: state.cooldownUntil,
        });
      }
    }
  }
  const newest: { id: number | string }[] = await db
    .knex('asset_events')
    .groupBy('asset')
    .max('id as id');
  for (const event of await assetEventsById(
    ctx,
    newest.map(({ id }) => num(id)),
  )) {
    named(event.asset).lastEvent = event;
  }
  const withState = await db.table(db.knex, 'asset_states').distinct('asset');
  for (const { asset } of withState) named(asset);
  for (const asset of assets.values()) {
    const alias = aliasName(asset.name);
    if (alias === undefined) continue;
    asset.standsFor = await assetsOfAlias(db, db.knex, alias, STANDS_FOR);
    const last = await lastEventThrough(db, db.knex, alias);
    if (last === undefined) continue;
    [asset.lastEvent] = await assetEventsById(ctx, [last]);
  }
  return [...assets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether some pipeline produces or awaits an asset now. */
export async function isKnownAsset(
  ctx: ViewContext,
  name: string,
): Promise<boolean> {
  return (await livePipelines(ctx)).some(
    ({ facts }) =>
      facts.produces.some(({ asset }) => asset === name) ||
      facts.waitsFor.some(({ asset }) => asset === name) ||
      facts.schedules.some(({ assets }) => assets?.names.includes(name)),
  );
}

async function livePipelines(ctx: ViewContext) {
  const { db } = ctx;
  const rows = (await db
    .table(db.knex, 'pipelines')
    .whereNull('removed_at')
    .whereNotNull('current_version_id')
    .orderBy('name')) as PipelineRow[];
  const versions = await ctx.versions.read(
    rows.map(row => num(row.current_version_id!)),
  );
  return rows.flatMap(row => {
    const facts = versions.get(num(row.current_version_id!));
    return facts ? [{ row, facts }] : [];
  });
}
