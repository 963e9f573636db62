import {
  dataInterval,
  logicalDate,
  leftOutBecause,
  partitionOfDue,
  type PipelineDefinition,
  resolveParams,
  type ScheduleDefinition,
} from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../database/conversion';
import type { Tx } from '../database/MaestroDatabase';
import { lockPipeline } from '../database/operations/attempts/limits';
import {
  liveBackfillRuns,
  lockBackfill,
  logicalRange,
} from '../database/operations/backfills/backfillRows';
import { dueHistories } from '../database/operations/backfills/dueHistories';
import { setTimer, takeTimer } from '../database/operations/timers/timers';
import type { BackfillRow, PipelineRow } from '../database/tables';
import { createRun } from '../engine/createRun';
import type { Engine } from '../engine/Engine';
import type { EngineContext } from '../engine/types';
import { planPage } from './planBackfill';
import type { DueTimer } from './TimerLoop';

/** Members looked at beyond the free places: some may be left out meanwhile. */
const LOOK_AHEAD = 20;
/** Runs created in one transaction. */
const RUNS_A_STEP = 20;
/** When runs that were told to end are told again. */
const CANCEL_AGAIN_MS = 5_000;

/** What is to be done once a step is committed. */
interface AfterStep {
  start: number[];
  cancel: string[];
}

/**
 * One step of a backfill: a page of its due times becomes members, or free
 * places get runs, or what is left ends. Each step is one transaction that
 * takes the timer and sets it again while there is more to do; so a crash in
 * between goes on with the next look at the timers, and a page is done once.
 */
export async function fireBackfill(
  engine: Engine,
  timer: DueTimer,
): Promise<void> {
  const { ctx } = engine;
  const { db } = ctx;
  // SQLite answers within this process: without a pause, page after page would
  // be one long turn in which the portal stands still.
  await new Promise<void>(resolve => ctx.clock.after(0, resolve));
  const id = Number(timer.ref);
  const known = await db
    .table(db.knex, 'backfills')
    .where({ id })
    .first('pipeline_id');
  const { start, cancel } = await db.transaction(
    async (tx): Promise<AfterStep> => {
      // Two backfills of one pipeline take turns, and so do they and its
      // schedule: who starts a due time sees whether another has just done so.
      if (known) await lockPipeline(db, tx, num(known.pipeline_id));
      const backfill = known && (await lockBackfill(db, tx, id));
      const isTaken = await takeTimer(db, tx, timer);
      if (!isTaken || !backfill || backfill.ended_at !== null) {
        return { start: [], cancel: [] };
      }
      return step(ctx, tx, backfill);
    },
  );
  for (const runId of start) await engine.startRun(runId);
  for (const runId of cancel) {
    await engine.commands.cancelRun(runId, `maestro:backfill`);
  }
}

async function step(
  ctx: EngineContext,
  tx: Tx,
  backfill: BackfillRow,
): Promise<AfterStep> {
  if (backfill.state === 'cancelled') return endStep(ctx, tx, backfill);
  if (backfill.planned_at === null) {
    await planStep(ctx, tx, backfill);
    return { start: [], cancel: [] };
  }
  return backfill.state === 'running'
    ? startStep(ctx, tx, backfill)
    : { start: [], cancel: [] };
}

/** The next page of due times becomes members. */
async function planStep(
  ctx: EngineContext,
  tx: Tx,
  backfill: BackfillRow,
): Promise<void> {
  const { db } = ctx;
  const now = await db.now(tx);
  const { due, until, isLast } = await planPage(
    db,
    tx,
    {
      pipelineId: num(backfill.pipeline_id),
      schedule: await scheduleOf(ctx, tx, backfill),
      from: num(backfill.range_from),
      to: num(backfill.range_to),
      logical: logicalRange(backfill),
      only: backfill.only_which,
    },
    {
      after:
        optionalNum(backfill.planned_until) ?? num(backfill.range_from) - 1,
      size: ctx.settings.backfillPage,
    },
  );
  if (due.length > 0) {
    await db.table(tx, 'backfill_members').insert(
      due.map(({ at, reason }) => ({
        backfill_id: backfill.id,
        due_at: at,
        pipeline_id: backfill.pipeline_id,
        schedule_id: backfill.schedule_id,
        outcome: reason === undefined ? 'waiting' : 'skipped',
        reason: reason ?? null,
      })) as never,
    );
  }
  await db
    .table(tx, 'backfills')
    .where({ id: backfill.id })
    .update({
      ...(until === undefined ? {} : { planned_until: until }),
      ...(isLast ? { planned_at: now } : {}),
    });
  await again(ctx, tx, backfill, now);
}

/** As many runs as it has places for; those that are over made room. */
async function startStep(
  ctx: EngineContext,
  tx: Tx,
  backfill: BackfillRow,
): Promise<AfterStep> {
  const { db } = ctx;
  const now = await db.now(tx);
  const id = num(backfill.id);
  const pipeline = (await db
    .table(tx, 'pipelines')
    .where({ id: backfill.pipeline_id })
    .first()) as PipelineRow | undefined;
  const versionId = optionalNum(pipeline?.current_version_id);
  if (!pipeline || versionId === undefined || pipeline.removed_at !== null) {
    await db.table(tx, 'backfills').where({ id }).update({
      state: 'cancelled',
      state_reason: 'the pipeline was removed from the catalog',
    });
    await again(ctx, tx, backfill, now);
    return { start: [], cancel: [] };
  }
  const live = (await liveBackfillRuns(db, tx, id)).length;
  const free = Math.min(backfill.max_active - live, RUNS_A_STEP);
  const wanted = Math.max(free, 0) + LOOK_AHEAD;
  const waiting = await db
    .table(tx, 'backfill_members')
    .where({ backfill_id: id, outcome: 'waiting' })
    .orderBy('due_at', backfill.run_order === 'oldest' ? 'asc' : 'desc')
    .limit(wanted)
    .select('due_at');
  const due = waiting.map(row => num(row.due_at));
  const histories = await dueHistories(db, tx, {
    pipelineId: num(backfill.pipeline_id),
    scheduleId: backfill.schedule_id,
    due: [...due].sort((a, b) => a - b),
  });
  const definition = await ctx.versions.definition(tx, versionId);
  const schedule = await scheduleOf(ctx, tx, backfill);
  const start: number[] = [];
  let looked = 0;
  for (const at of due) {
    if (start.length >= free) break;
    looked += 1;
    // Hours may have passed since it was planned.
    const reason =
      leftOutBecause(backfill.only_which, histories.get(at) ?? 'none') ??
      paramsProblem(definition, backfill) ??
      partitionProblem(definition, schedule);
    const created =
      reason === undefined
        ? await createMember(ctx, tx, {
            backfill,
            versionId,
            definition,
            schedule,
            at,
            now,
          })
        : undefined;
    if (created) start.push(created.id);
    await db
      .table(tx, 'backfill_members')
      .where({ backfill_id: id, due_at: at, outcome: 'waiting' })
      .update(
        created
          ? { outcome: 'run', run_id: created.id }
          : { outcome: 'skipped', reason: reason ?? 'key_exists' },
      );
  }
  const isAllLooked = looked === due.length;
  const isThrough = isAllLooked && due.length < wanted;
  if (isThrough && live + start.length === 0) {
    await db
      .table(tx, 'backfills')
      .where({ id })
      .update({ state: 'done', ended_at: now });
  } else if (!isThrough && live + start.length < backfill.max_active) {
    await again(ctx, tx, backfill, now);
  }
  return { start, cancel: [] };
}

/** Nothing that waits starts any more, and what runs is told to end. */
async function endStep(
  ctx: EngineContext,
  tx: Tx,
  backfill: BackfillRow,
): Promise<AfterStep> {
  const { db } = ctx;
  const now = await db.now(tx);
  const id = num(backfill.id);
  const waiting = await db
    .table(tx, 'backfill_members')
    .where({ backfill_id: id, outcome: 'waiting' })
    .orderBy('due_at')
    .limit(ctx.settings.backfillPage)
    .select('due_at');
  if (waiting.length > 0) {
    await db
      .table(tx, 'backfill_members')
      .where({ backfill_id: id, outcome: 'waiting' })
      .whereIn('due_at', waiting.map(row => row.due_at) as never)
      .update({ outcome: 'cancelled' });
    await again(ctx, tx, backfill, now);
    return { start: [], cancel: [] };
  }
  const live = await liveBackfillRuns(db, tx, id);
  if (live.length === 0) {
    await db.table(tx, 'backfills').where({ id }).update({ ended_at: now });
    return { start: [], cancel: [] };
  }
  await again(ctx, tx, backfill, now + CANCEL_AGAIN_MS);
  return { start: [], cancel: live.map(run => run.runId) };
}

async function createMember(
  ctx: EngineContext,
  tx: Tx,
  of: {
    backfill: BackfillRow;
    versionId: number;
    definition: PipelineDefinition;
    schedule: ScheduleDefinition;
    at: number;
    now: number;
  },
) {
  const { backfill, definition, schedule, at, now } = of;
  const params = resolveParams(
    definition.params,
    JSON.parse(backfill.params) as Record<string, unknown>,
  );
  return createRun(
    ctx,
    tx,
    definition,
    {
      pipelineId: num(backfill.pipeline_id),
      versionId: of.versionId,
      runKey: `backfill__${backfill.backfill_id}__${new Date(
        at,
      ).toISOString()}`,
      trigger: 'backfill',
      logicalDate: logicalDate(schedule, at),
      dataInterval: dataInterval(schedule, at),
      partition: partitionOfDue(asWritten(definition, schedule), at),
      // Not the due time: retention would take it for a run of long ago.
      runAfter: now,
      params: params.ok ? params.params : {},
      createdBy: backfill.created_by,
      backfillId: num(backfill.id),
    },
    now,
  );
}

/** The params of a newer version may be others than those that were asked for. */
function paramsProblem(
  definition: PipelineDefinition,
  backfill: BackfillRow,
): string | undefined {
  const params = resolveParams(
    definition.params,
    JSON.parse(backfill.params) as Record<string, unknown>,
  );
  return params.ok
    ? undefined
    : `params: ${params.problems
        .map(({ path, message }) => `${path}: ${message}`)
        .join('; ')
        .slice(0, 500)}`;
}

/** Runs of a newer version may be about partitions, or not any more. */
function partitionProblem(
  definition: PipelineDefinition,
  asked: ScheduleDefinition,
): string | undefined {
  const isAsked = asked.partition !== undefined;
  const is =
    definition.partitioned === true ||
    sameSchedule(definition, asked)?.partition !== undefined;
  if (is === isAsked) return undefined;
  return is
    ? 'its runs are about partitions since a newer version'
    : 'its runs are about no partitions since a newer version';
}

/**
 * Which partition belongs to a due time says the version that was asked: another
 * one may count from another day. How its key is written says the one that runs.
 */
function asWritten(
  definition: PipelineDefinition,
  asked: ScheduleDefinition,
): ScheduleDefinition {
  const format = sameSchedule(definition, asked)?.partition?.format;
  return asked.partition && format !== undefined
    ? { ...asked, partition: { ...asked.partition, format } }
    : asked;
}

/** The schedule of that name in another version. */
function sameSchedule(
  { schedules }: PipelineDefinition,
  asked: ScheduleDefinition,
): ScheduleDefinition | undefined {
  return schedules.find(({ id }) => id === asked.id);
}

/** What is due was asked for by one version; a later one may be due otherwise. */
async function scheduleOf(
  ctx: EngineContext,
  tx: Tx,
  backfill: BackfillRow,
): Promise<ScheduleDefinition> {
  const { schedules } = await ctx.versions.definition(
    tx,
    num(backfill.version_id),
  );
  return schedules.find(({ id }) => id === backfill.schedule_id)!;
}

async function again(
  { db }: EngineContext,
  tx: Tx,
  backfill: BackfillRow,
  dueAt: number,
): Promise<void> {
  await setTimer(db, tx, {
    kind: 'backfill',
    ref: String(backfill.id),
    dueAt,
  });
}
