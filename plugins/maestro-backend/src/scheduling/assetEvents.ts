import {
  assetAlias,
  assetReason,
  decideAssetEvent,
  MAX_SHOWN_ASSET_EVENTS,
  targetPartition,
  partitionOfRun,
  type Partition,
  type PipelineDefinition,
  type ScheduleDefinition,
} from '@maestro/plugin-maestro-common';
import { bool, num, optionalNum, optionalText } from '../database/conversion';
import type { Tx } from '../database/MaestroDatabase';
import { gatheredKeys } from '../database/operations/assets/gatheredKeys';
import { lastRunAt } from '../database/operations/assets/lastRunAt';
import {
  aliasesOfAsset,
  aliasesOfEvents,
} from '../database/operations/assets/assetAliases';
import {
  type SeenAssetEvent,
  storeRunAssetEvents,
} from '../database/operations/assets/runAssetEvents';
import {
  eventsById,
  giveToRun,
  waitingEvents,
} from '../database/operations/assets/waitingEvents';
import type { AssetEventRow, PipelineRow } from '../database/tables';
import { createRun } from '../engine/createRun';
import type { EngineContext } from '../engine/types';
import { defaultParams } from './defaultParams';
import { TickGates } from './TickGates';

/** An event and a schedule that waits for its asset. */
export interface AssetRef {
  eventId: number;
  pipelineId: number;
  scheduleId: string;
}

type Outcome = (
  | { outcome: 'run'; runId: number }
  | { outcome: 'waiting' | 'skipped'; reason: string }
) & {
  /** Of the run that the event is for, where runs have a partition. */
  partitionKey?: string;
};

/**
 * Decides what an asset event does to one schedule: its one outcome, and the
 * run, in the transaction that took the timer. The row of the pipeline is
 * locked, so that events which complete a set together see each other.
 *
 * @returns internal id of the run to start
 */
export async function fireAssetEvent(
  ctx: EngineContext,
  tx: Tx,
  ref: AssetRef,
): Promise<number | undefined> {
  const { db } = ctx;
  const now = await db.now(tx);
  const [event] = await eventsById(db, tx, [ref.eventId]);
  if (!event) return undefined;
  const { partitionKey, ...outcome } = await decide(ctx, tx, ref, event, now);
  // The primary key refuses a second outcome of an event for a schedule.
  await db.table(tx, 'asset_outcomes').insert({
    pipeline_id: ref.pipelineId,
    schedule_id: ref.scheduleId,
    event_id: ref.eventId,
    asset: event.asset,
    outcome: outcome.outcome,
    run_id: outcome.outcome === 'run' ? outcome.runId : null,
    reason: outcome.outcome === 'run' ? null : outcome.reason,
    decided_at: now,
    partition_key: partitionKey ?? null,
  });
  return outcome.outcome === 'run' ? outcome.runId : undefined;
}

async function decide(
  ctx: EngineContext,
  tx: Tx,
  ref: AssetRef,
  event: AssetEventRow,
  now: number,
): Promise<Outcome> {
  const { db } = ctx;
  const pipeline = (await db
    .table(tx, 'pipelines')
    .where({ id: ref.pipelineId })
    .first()) as PipelineRow | undefined;
  const versionId = optionalNum(pipeline?.current_version_id);
  if (!pipeline || versionId === undefined || pipeline.removed_at !== null) {
    return { outcome: 'skipped', reason: 'removed' };
  }
  const definition = await ctx.versions.definition(tx, versionId);
  const schedule = definition.schedules.find(s => s.id === ref.scheduleId);
  if (!schedule) return { outcome: 'skipped', reason: 'not_awaited' };
  const partition = targetPartition(schedule.assets ?? {}, {
    asset: event.asset,
    partitionKey: optionalText(event.partition_key),
  });
  const partitionKey = 'key' in partition ? partition.key : undefined;
  const place = { ...ref, partitionKey };
  const waiting = await waitingEvents(db, tx, place, {
    names: schedule.assets?.names ?? [],
    newest: MAX_SHOWN_ASSET_EVENTS,
  });
  const gathered = await gatheredKeys(db, tx, place, schedule.assets ?? {}, {
    asset: event.asset,
    partitionKey: event.partition_key ?? '',
  });
  const awaited = schedule.assets?.aliases;
  const through =
    awaited && (await aliasesOfEvents(db, tx, [ref.eventId])).get(ref.eventId);
  const decision = decideAssetEvent({
    schedule,
    asset: event.asset,
    ...(awaited && {
      through: through?.map(assetAlias),
      aliases: await aliasesOfAsset(db, tx, event.asset, awaited),
    }),
    partition,
    at: num(event.at),
    now,
    paused: bool(pipeline.paused),
    lastRunAt: await lastRunAt(db, tx, ref, schedule),
    waiting: waiting.assets,
    gathered: new Map(
      [...gathered].map(([asset, { isThere }]) => [asset, isThere]),
    ),
  });
  if (decision.outcome !== 'run') {
    return {
      outcome: decision.outcome,
      reason: assetReason(decision)!,
      partitionKey,
    };
  }
  const shown = [...waiting.newest, ref.eventId].slice(-MAX_SHOWN_ASSET_EVENTS);
  const events = await seenEvents(
    ctx,
    tx,
    // The oldest says where the data interval begins, shown or not.
    [...new Set([...shown, waiting.oldest?.eventId ?? ref.eventId])],
  );
  const interval = {
    start: Math.min(...events.map(one => one.at)),
    end: Math.max(...events.map(one => one.at)),
  };
  const carried = events.filter(one => shown.includes(one.id));
  const gates = new TickGates(ctx, tx, { pipeline, definition, schedule });
  const refusal = await gates.refusal({
    trigger: 'asset',
    at: num(event.at),
    runAfter: num(event.at),
    interval,
    assetEvents: carried.map(one => one.seen),
  });
  if (refusal) return { outcome: 'skipped', reason: refusal, partitionKey };
  const run = await createAssetRun(ctx, tx, {
    pipelineId: ref.pipelineId,
    versionId,
    definition,
    schedule,
    event,
    interval,
    partition:
      partitionKey === undefined
        ? undefined
        : partitionOfRun(schedule.assets!.partitions!, partitionKey, events),
    now,
  });
  // Somebody gave a run of his own this very key.
  if (run === undefined) {
    return { outcome: 'skipped', reason: 'run_key_taken', partitionKey };
  }
  await storeRunAssetEvents(db, tx, run, carried);
  await giveToRun(db, tx, place, { id: run, decidedAt: now });
  return { outcome: 'run', runId: run, partitionKey };
}

async function createAssetRun(
  ctx: EngineContext,
  tx: Tx,
  of: {
    pipelineId: number;
    versionId: number;
    definition: PipelineDefinition;
    schedule: ScheduleDefinition;
    event: AssetEventRow;
    interval: { start: number; end: number };
    partition?: Partition;
    now: number;
  },
): Promise<number | undefined> {
  const { definition, event, schedule } = of;
  const at = num(event.at);
  const isOnly = definition.schedules.length === 1;
  const runKey = `asset__${isOnly ? '' : `${schedule.id}__`}${new Date(
    at,
  ).toISOString()}__${event.id}`;
  const created = await createRun(
    ctx,
    tx,
    definition,
    {
      pipelineId: of.pipelineId,
      versionId: of.versionId,
      runKey,
      trigger: 'asset',
      logicalDate: at,
      dataInterval: of.interval,
      partition: of.partition,
      runAfter: at,
      params: defaultParams(definition),
      createdBy: 'maestro:assets',
      eventAt: at,
    },
    of.now,
  );
  return created?.id;
}

/** Events as a run sees them, oldest first. */
async function seenEvents(
  { db }: EngineContext,
  tx: Tx,
  ids: readonly number[],
): Promise<
  Array<{
    id: number;
    asset: string;
    at: number;
    /** When its partition begins. */
    date?: number;
    seen: SeenAssetEvent;
  }>
> {
  const events = await eventsById(db, tx, ids);
  const runIds = [
    ...new Set(events.map(event => optionalNum(event.run_id))),
  ].filter(id => id !== undefined);
  const runs = await db
    .table(tx, 'runs')
    .whereIn('id', runIds as never)
    .select('id', 'run_id', 'pipeline_id');
  const pipelines = await db
    .table(tx, 'pipelines')
    .whereIn('id', runs.map(run => run.pipeline_id) as never)
    .select('id', 'name');
  const names = new Map(pipelines.map(({ id, name }) => [num(id), name]));
  const sources = new Map(
    runs.map(run => [
      num(run.id),
      { run_id: run.run_id, pipeline: names.get(num(run.pipeline_id)) },
    ]),
  );
  const aliases = await aliasesOfEvents(db, tx, ids);
  return events.map(event => ({
    id: num(event.id),
    asset: event.asset,
    at: num(event.at),
    date: optionalNum(event.partition_date),
    seen: {
      asset: event.asset,
      ...(aliases.has(num(event.id)) && {
        aliases: aliases.get(num(event.id)),
      }),
      at: new Date(num(event.at)).toISOString(),
      extra: event.extra === null ? null : JSON.parse(event.extra),
      ...sources.get(optionalNum(event.run_id) ?? -1),
      ...(event.task_id === null ? {} : { task: event.task_id }),
      ...(event.partition_key === null
        ? {}
        : { partition: event.partition_key }),
    },
  }));
}
