import {
  aliasName,
  earliestContinuous,
  nextDue,
  nextLaunch,
  type PipelineDefinition,
  type SkippedDue,
  whyNotRunning,
  type Why,
  type WhyFacts,
} from '@maestro/plugin-maestro-common';
import { bool, num, optionalNum, optionalText } from '../database/conversion';
import { continuousFacts } from '../database/operations/timers/continuousFacts';
import { lastEventThrough } from '../database/operations/assets/assetAliases';
import {
  readShownDefinition,
  unknownNeedsIn,
} from '../pipelines/storedDefinition';
import { readAssetSchedule } from './assetSchedules';
import { pipelineId } from './getPipeline';
import type { PipelineRow } from '../database/tables';
import type { EngineStatusSource } from '../service/types';
import type { ViewContext } from './ViewContext';
import { nobodySchedules } from './whyNotRunning';

/**
 * Why a pipeline starts no run now: paused, refused by its gates or calendar,
 * due later, or what each of its schedules by asset events waits for.
 *
 * @throws NotFoundError
 */
export async function whyPipelineWaits(
  ctx: ViewContext,
  engine: EngineStatusSource,
  name: string,
): Promise<Why> {
  const { db } = ctx;
  const id = await pipelineId(ctx, name);
  const row = await db
    .table(db.knex, 'pipelines')
    .join('pipeline_versions as v', 'v.id', 'pipelines.current_version_id')
    .where({ 'pipelines.id': id } as never)
    .first(
      'pipelines.paused',
      'pipelines.paused_at',
      'pipelines.paused_by',
      'v.definition',
    );
  if (!row) return { chain: [] };
  const {
    paused,
    paused_at: pausedAt,
    paused_by: pausedBy,
    definition: text,
  } = row as unknown as Pick<
    PipelineRow,
    'paused' | 'paused_at' | 'paused_by'
  > & { definition: string };
  const definition = readShownDefinition(text);
  const now = await db.now();
  const due = definition.schedules
    .map(schedule => nextDue(schedule, now))
    .filter(at => at !== undefined);
  const assetSchedules = [];
  for (const schedule of definition.schedules) {
    if (!schedule.assets) continue;
    assetSchedules.push(await readAssetSchedule(ctx, id, schedule, now));
  }
  return whyNotRunning({
    now,
    definition,
    unknownNeeds: unknownNeedsIn(text),
    noScheduler: nobodySchedules(await engine.status()),
    paused: bool(paused),
    pausedAt: optionalNum(pausedAt),
    pausedBy: optionalText(pausedBy),
    jittered: jitteredIn(definition, now),
    skippedDue: await skippedDue(ctx, id, definition),
    nextDueAt: due.length > 0 ? Math.min(...due) : undefined,
    continuous: await continuousIn(ctx, id, definition, now),
    assetSchedules,
    lastAssetEvents: await lastEvents(
      ctx,
      assetSchedules.flatMap(({ names }) => names),
    ),
  });
}

/** Where its schedule stands, when its runs follow each other. */
async function continuousIn(
  ctx: ViewContext,
  pipeline: number,
  { schedules }: PipelineDefinition,
  now: number,
): Promise<WhyFacts['continuous']> {
  const schedule = schedules.find(({ continuous }) => continuous);
  if (!schedule) return undefined;
  const { id: scheduleId, endAt = Infinity } = schedule;
  const ref = { pipelineId: pipeline, scheduleId };
  const facts = await continuousFacts(ctx.db, ctx.db.knex, ref);
  const { active, ended } = facts;
  const nextAt = Math.max(now, earliestContinuous(schedule, facts));
  return {
    scheduleId,
    active: active && { runId: active.runId, since: active.since },
    ended,
    nextAt: nextAt <= endAt ? nextAt : undefined,
  };
}

/** The first due time that was reached and whose run is yet to start. */
function jitteredIn(
  { name, schedules }: PipelineDefinition,
  now: number,
): WhyFacts['jittered'] {
  return schedules
    .flatMap(schedule => {
      if (!schedule.jitterMs) return [];
      const next = nextLaunch(name, schedule, now);
      return next && next.due <= now
        ? [{ scheduleId: schedule.id, dueAt: next.due, startsAt: next.at }]
        : [];
    })
    .sort((a, b) => a.startsAt - b.startsAt)[0];
}

/** Of each schedule the newest due time, where it started no run. */
async function skippedDue(
  { db }: ViewContext,
  pipeline: number,
  { schedules }: PipelineDefinition,
): Promise<SkippedDue[]> {
  const skipped: SkippedDue[] = [];
  for (const { id: scheduleId } of schedules) {
    const tick = await db
      .table(db.knex, 'ticks')
      .where({ pipeline_id: pipeline, schedule_id: scheduleId })
      .orderBy('due_at', 'desc')
      .first('due_at', 'outcome', 'reason');
    if (tick?.outcome !== 'skipped' || tick.reason === null) continue;
    skipped.push({ scheduleId, dueAt: num(tick.due_at), reason: tick.reason });
  }
  return skipped;
}

async function lastEvents(
  { db }: ViewContext,
  names: readonly string[],
): Promise<Record<string, number>> {
  const last: Record<string, number> = {};
  for (const asset of new Set(names)) {
    const alias = aliasName(asset);
    const events = db.table(db.knex, 'asset_events').orderBy('id', 'desc');
    const event = await (alias === undefined
      ? events.where({ asset })
      : events.where({
          id: (await lastEventThrough(db, db.knex, alias)) ?? -1,
        })
    ).first('at');
    if (event) last[asset] = num(event.at);
  }
  return last;
}
