import {
  type PipelineDefinition,
  type ScheduleDefinition,
  dataInterval,
  launches,
} from '@maestro/plugin-maestro-common';
import { bool, num, optionalNum } from '../database/conversion';
import type { Tx } from '../database/MaestroDatabase';
import { storeConsumers } from '../database/operations/assets/storeConsumers';
import { setTimer } from '../database/operations/timers/timers';
import { undecidedSince } from '../database/operations/timers/undecidedSince';
import type { PipelineRow } from '../database/tables';
import { createRun } from '../engine/createRun';
import type { EngineContext } from '../engine/types';
import { defaultParams } from './defaultParams';
import { type GateReason, TickGates } from './TickGates';

/** Due times decided in one transaction; a longer absence takes several. */
const TICKS_PER_TRANSACTION = 200;

/** What becomes of one due time. */
export type TickDecision =
  | { dueAt: number; outcome: 'run'; late: boolean }
  | {
      dueAt: number;
      outcome: 'skipped';
      reason: 'paused' | 'catchup_off' | GateReason;
    };

/**
 * The outcome of every due time that was reached, exactly one each.
 *
 * With `catchup` each becomes a run. Without it only the newest does: a
 * scheduler that was away for a week starts one run, not seven.
 *
 * @param due - ascending, none in the future
 * @param isNewestIncluded - false when more due times were reached than fit in
 * `due`: then none of these is the newest
 */
export function decideTicks(
  due: readonly number[],
  facts: { paused: boolean; catchup: boolean; isNewestIncluded: boolean },
): TickDecision[] {
  return due.map((dueAt, i) => {
    if (facts.paused) return { dueAt, outcome: 'skipped', reason: 'paused' };
    const isNewest = facts.isNewestIncluded && i === due.length - 1;
    if (!facts.catchup && !isNewest) {
      return { dueAt, outcome: 'skipped', reason: 'catchup_off' };
    }
    return { dueAt, outcome: 'run', late: !isNewest };
  });
}

/**
 * Decides the due times of a schedule up to now: ticks, runs and the next
 * timer in the transaction that took the timer.
 *
 * @returns internal ids of the runs to start
 */
export async function fireSchedule(
  ctx: EngineContext,
  tx: Tx,
  ref: { pipelineId: number; scheduleId: string },
  firstDueAt: number,
): Promise<number[]> {
  const { db } = ctx;
  const now = await db.now(tx);
  const pipeline = await lockPipelineRow(ctx, tx, ref.pipelineId);
  const versionId = optionalNum(pipeline?.current_version_id);
  if (!pipeline || versionId === undefined || pipeline.removed_at !== null) {
    return [];
  }
  const definition = await ctx.versions.definition(tx, versionId);
  const schedule = definition.schedules.find(s => s.id === ref.scheduleId);
  // The schedule was taken out of the pipeline while its timer was due.
  if (!schedule) return [];

  const reached = launches(
    definition.name,
    schedule,
    firstDueAt - 1,
    now,
    TICKS_PER_TRANSACTION + 1,
  ).filter(launch => launch.at <= now);
  const isNewestIncluded = reached.length <= TICKS_PER_TRANSACTION;
  const decided = reached.slice(0, TICKS_PER_TRANSACTION);
  const startOf = new Map(decided.map(({ due, at }) => [due, at]));
  const decisions = decideTicks([...startOf.keys()], {
    paused: bool(pipeline.paused),
    catchup: schedule.catchup,
    isNewestIncluded,
  });
  const gates = new TickGates(ctx, tx, { pipeline, definition, schedule });
  const started: number[] = [];
  for (const due of decisions) {
    const decision =
      due.outcome === 'run'
        ? await gates.decide(due, startOf.get(due.dueAt)!)
        : due;
    const created =
      decision.outcome === 'run'
        ? await createScheduledRun(ctx, tx, {
            pipeline,
            versionId,
            definition,
            schedule,
            dueAt: decision.dueAt,
            runAfter: startOf.get(decision.dueAt)!,
            late: schedule.catchup && decision.late,
            now,
          })
        : undefined;
    // The primary key refuses a second outcome for a due time.
    await db.table(tx, 'ticks').insert({
      pipeline_id: ref.pipelineId,
      schedule_id: ref.scheduleId,
      due_at: decision.dueAt,
      outcome: decision.outcome,
      run_id: created?.id ?? null,
      reason: decision.outcome === 'skipped' ? decision.reason : null,
      decided_at: now,
    });
    if (created) {
      started.push(created.id);
      gates.started();
    }
  }
  const last = decisions[decisions.length - 1]?.dueAt ?? firstDueAt - 1;
  await setTick(
    db,
    tx,
    { name: definition.name, schedule, ref: tickRef(ref) },
    last,
  );
  return started;
}

async function createScheduledRun(
  ctx: EngineContext,
  tx: Tx,
  options: {
    pipeline: PipelineRow;
    versionId: number;
    definition: PipelineDefinition;
    schedule: ScheduleDefinition;
    dueAt: number;
    /** When it starts: later than it is due, by the jitter of its schedule. */
    runAfter: number;
    late: boolean;
    now: number;
  },
) {
  const { definition, dueAt, schedule } = options;
  const isOnly = definition.schedules.length === 1;
  return createRun(
    ctx,
    tx,
    definition,
    {
      pipelineId: num(options.pipeline.id),
      versionId: options.versionId,
      // Several schedules may be due at one instant: each has its own run.
      runKey: `scheduled__${isOnly ? '' : `${schedule.id}__`}${new Date(
        dueAt,
      ).toISOString()}`,
      trigger: 'scheduled',
      logicalDate: dueAt,
      dataInterval: dataInterval(schedule, dueAt),
      runAfter: options.runAfter,
      params: defaultParams(definition),
      createdBy: 'maestro:scheduler',
      dueAt,
      lateCatchup: options.late,
    },
    options.now,
  );
}

/**
 * Sets the timers of a pipeline's schedules and takes back those of schedules
 * that are gone; and writes down for which assets they wait. Runs in the transaction that stores a version.
 */
export async function armSchedules(
  ctx: Pick<EngineContext, 'db'>,
  tx: Tx,
  pipelineId: number,
  definition: PipelineDefinition | undefined,
): Promise<void> {
  const { db } = ctx;
  const now = await db.now(tx);
  const schedules = definition?.schedules ?? [];
  await storeConsumers(db, tx, pipelineId, schedules);
  const refs = schedules.map(schedule =>
    tickRef({ pipelineId, scheduleId: schedule.id }),
  );
  await db
    .table(tx, 'timers')
    .where({ kind: 'tick' })
    .where('ref', 'like', `${pipelineId}/%`)
    .whereNotIn('ref', refs)
    .delete();
  for (const schedule of schedules) {
    const last = await lastTick(ctx, tx, pipelineId, schedule.id);
    // A schedule that never ticked begins now, or with catchup at its start
    // date; one that did goes on behind its last tick.
    const ref = tickRef({ pipelineId, scheduleId: schedule.id });
    const undecided = await undecidedSince(db, tx, ref);
    const begin =
      schedule.catchup && schedule.startAt !== undefined
        ? schedule.startAt - 1
        : // A first due time that was reached and not decided yet is kept.
          Math.min(now, (undecided ?? Infinity) - 1);
    const isSet = await setTick(
      db,
      tx,
      { name: definition!.name, schedule, ref },
      last ?? begin,
    );
    if (!isSet) {
      await db.table(tx, 'timers').where({ kind: 'tick', ref }).delete();
    }
  }
}

/**
 * Sets the timer of a schedule to when the due time behind `after` starts.
 *
 * @returns false when there is none any more
 */
async function setTick(
  db: EngineContext['db'],
  tx: Tx,
  of: { name: string; schedule: ScheduleDefinition; ref: string },
  after: number,
): Promise<boolean> {
  const [next] = launches(of.name, of.schedule, after, Infinity, 1);
  if (!next) return false;
  await setTimer(db, tx, {
    kind: 'tick',
    ref: of.ref,
    dueAt: next.at,
    forDue: next.due,
  });
  return true;
}

async function lastTick(
  ctx: Pick<EngineContext, 'db'>,
  tx: Tx,
  pipelineId: number,
  scheduleId: string,
): Promise<number | undefined> {
  const row = await ctx.db
    .table(tx, 'ticks')
    .where({ pipeline_id: pipelineId, schedule_id: scheduleId })
    .orderBy('due_at', 'desc')
    .first();
  return optionalNum((row as { due_at: number } | undefined)?.due_at);
}

/** `ref` of a tick timer. */
export function tickRef(ref: {
  pipelineId: number;
  scheduleId: string;
}): string {
  return `${ref.pipelineId}/${ref.scheduleId}`;
}

/** The other way round. */
export function parseTickRef(ref: string): {
  pipelineId: number;
  scheduleId: string;
} {
  const slash = ref.indexOf('/');
  return {
    pipelineId: Number(ref.slice(0, slash)),
    scheduleId: ref.slice(slash + 1),
  };
}

async function lockPipelineRow(
  ctx: EngineContext,
  tx: Tx,
  id: number,
): Promise<PipelineRow | undefined> {
  const query = ctx.db.table(tx, 'pipelines').where({ id }).first();
  if (ctx.db.dialect === 'postgres') query.forUpdate();
  return (await query) as PipelineRow | undefined;
}
