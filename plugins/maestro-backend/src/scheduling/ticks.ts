import {
  type PipelineDefinition,
  type ScheduleDefinition,
  dataInterval,
  launches,
  partitionOfDue,
} from '@maestro/plugin-maestro-common';
import { bool, num, optionalNum } from '../database/conversion';
import type { Tx } from '../database/MaestroDatabase';
import { storeConsumers } from '../database/operations/assets/storeConsumers';
import {
  clearTimer,
  type NewTimer,
  setTimer,
  setTimers,
} from '../database/operations/timers/timers';
import { lastTick } from '../database/operations/timers/lastTick';
import { tickRef } from '../database/operations/timers/tickRef';
import { undecidedSince } from '../database/operations/timers/undecidedSince';
import type { PipelineRow } from '../database/tables';
import { createRuns, type WantedRun } from '../engine/createRun';
import type { EngineContext } from '../engine/types';
import {
  continuousTimer,
  decideContinuous,
  firstContinuousLook,
} from './continuous';
import { defaultParams } from './defaultParams';
import { type GateReason, TickGates } from './TickGates';

/**
 * Due times decided in one transaction, of all its schedules; a longer absence
 * takes several.
 */
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

/** A schedule of which a due time was reached, and its locked pipeline. */
export interface ReachedSchedule {
  pipeline: PipelineRow;
  scheduleId: string;
  firstDueAt: number;
}

/** What is to become of the due times of one schedule. */
interface DecidedSchedule {
  ref: { pipelineId: number; scheduleId: string };
  pipeline: PipelineRow;
  versionId: number;
  definition: PipelineDefinition;
  schedule: ScheduleDefinition;
  decisions: TickDecision[];
  /** When the run of a due time starts. */
  startOf: ReadonlyMap<number, number>;
  gates: TickGates;
  /** Of a due time's run. */
  intervalOf(dueAt: number): { start: number; end: number };
  /** Absent where nothing is due any more. */
  next: NewTimer | undefined;
}

/**
 * Decides the due times of schedules up to now: ticks, runs and the next
 * timers in the transaction that took the timers. What is stored costs as many
 * statements for schedules of many pipelines as for one. What may keep a run from
 * beginning is asked for each schedule that says so: its `when`, `overlap: skip`.
 *
 * @param reached - no schedule twice
 * @returns internal ids of the runs to start
 */
export async function fireSchedules(
  ctx: EngineContext,
  tx: Tx,
  reached: readonly ReachedSchedule[],
  now: number,
): Promise<number[]> {
  const { db } = ctx;
  const schedules: DecidedSchedule[] = [];
  const each = Math.max(1, Math.floor(TICKS_PER_TRANSACTION / reached.length));
  for (const one of reached) {
    const decided = await decideSchedule(ctx, tx, one, now, each);
    if (decided) schedules.push(decided);
  }
  const started: number[] = [];
  const rounds = Math.max(0, ...schedules.map(one => one.decisions.length));
  // One due time of each schedule after another: whether a run was made counts
  // for the next one of the same schedule.
  for (let round = 0; round < rounds; round++) {
    started.push(...(await storeTicks(ctx, tx, schedules, round, now)));
  }
  await setTimers(
    db,
    tx,
    schedules.flatMap(({ next }) => next ?? []),
  );
  return started;
}

/**
 * @param most - due times, of which the rest follows in the next transaction
 * @returns undefined where there is nothing to be decided any more
 */
async function decideSchedule(
  ctx: EngineContext,
  tx: Tx,
  { pipeline, scheduleId, firstDueAt }: ReachedSchedule,
  now: number,
  most: number,
): Promise<DecidedSchedule | undefined> {
  const versionId = optionalNum(pipeline.current_version_id);
  if (versionId === undefined || pipeline.removed_at !== null) return undefined;
  const definition = await ctx.versions.definition(tx, versionId);
  const schedule = definition.schedules.find(s => s.id === scheduleId);
  // The schedule was taken out of the pipeline while its timer was due.
  if (!schedule) return undefined;
  const ref = { pipelineId: num(pipeline.id), scheduleId };
  const of = {
    ref,
    pipeline,
    versionId,
    definition,
    schedule,
    gates: new TickGates(ctx, tx, { pipeline, definition, schedule }),
  };
  if (schedule.continuous) {
    return {
      ...of,
      ...(await decideContinuous(ctx, tx, of, { asked: firstDueAt, now })),
    };
  }

  const reached = launches(
    definition.name,
    schedule,
    firstDueAt - 1,
    now,
    most + 1,
  ).filter(launch => launch.at <= now);
  const isNewestIncluded = reached.length <= most;
  const decided = reached.slice(0, most);
  const startOf = new Map(decided.map(({ due, at }) => [due, at]));
  const decisions = decideTicks([...startOf.keys()], {
    paused: bool(pipeline.paused),
    catchup: schedule.catchup,
    isNewestIncluded,
  });
  return {
    ...of,
    decisions,
    startOf,
    intervalOf: dueAt => dataInterval(schedule, dueAt),
    // Behind the last of them.
    next: nextTick(
      { name: definition.name, schedule, ref: tickRef(ref) },
      decisions[decisions.length - 1]?.dueAt ?? firstDueAt - 1,
    ),
  };
}

/**
 * Stores one due time of each schedule that has so many.
 *
 * @returns internal ids of the runs that were made
 */
async function storeTicks(
  ctx: EngineContext,
  tx: Tx,
  schedules: readonly DecidedSchedule[],
  round: number,
  now: number,
): Promise<number[]> {
  const ticks: Array<{ of: DecidedSchedule; decision: TickDecision }> = [];
  for (const of of schedules) {
    const due = of.decisions[round];
    if (!due) continue;
    const decision =
      due.outcome === 'run'
        ? await of.gates.decide(due, of.startOf.get(due.dueAt)!)
        : due;
    ticks.push({ of, decision });
  }
  const wanted = ticks.filter(({ decision }) => decision.outcome === 'run');
  const created = await createRuns(
    ctx,
    tx,
    wanted.map(({ of, decision }) => ({
      definition: of.definition,
      run: scheduledRun(of, decision),
    })),
    now,
  );
  const idOf = new Map(wanted.map(({ of }, i) => [of, created[i]?.id]));
  // The primary key refuses a second outcome for a due time.
  await ctx.db.table(tx, 'ticks').insert(
    ticks.map(({ of, decision }) => ({
      pipeline_id: of.ref.pipelineId,
      schedule_id: of.ref.scheduleId,
      due_at: decision.dueAt,
      outcome: decision.outcome,
      run_id: idOf.get(of) ?? null,
      reason: decision.outcome === 'skipped' ? decision.reason : null,
      decided_at: now,
    })),
  );
  const ids: number[] = [];
  for (const [of, id] of idOf) {
    if (id === undefined) continue;
    of.gates.started();
    ids.push(id);
  }
  return ids;
}

function scheduledRun(of: DecidedSchedule, decision: TickDecision): WantedRun {
  const { definition, schedule } = of;
  const { dueAt } = decision;
  const isOnly = definition.schedules.length === 1;
  const interval = of.intervalOf(dueAt);
  return {
    pipelineId: of.ref.pipelineId,
    versionId: of.versionId,
    // Several schedules may be due at one instant: each has its own run.
    runKey: `scheduled__${isOnly ? '' : `${schedule.id}__`}${new Date(
      dueAt,
    ).toISOString()}`,
    trigger: 'scheduled',
    logicalDate: schedule.interval ? interval.start : dueAt,
    dataInterval: interval,
    partition: partitionOfDue(schedule, dueAt),
    // Later than it is due, by the jitter of its schedule.
    runAfter: of.startOf.get(dueAt)!,
    params: defaultParams(definition),
    createdBy: 'maestro:scheduler',
    dueAt,
    lateCatchup:
      schedule.catchup && decision.outcome === 'run' && decision.late,
  };
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
    if (schedule.continuous) {
      const of = { pipelineId, schedule };
      const dueAt = await firstContinuousLook(ctx, tx, of, now);
      const timer = continuousTimer({ pipelineId, scheduleId: schedule.id });
      if (dueAt === undefined) await clearTimer(db, tx, 'tick', timer.ref);
      else await setTimer(db, tx, { ...timer, dueAt });
      continue;
    }
    const last = await lastTick(db, tx, pipelineId, schedule.id);
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
  const timer = nextTick(of, after);
  if (!timer) return false;
  await setTimer(db, tx, timer);
  return true;
}

function nextTick(
  of: { name: string; schedule: ScheduleDefinition; ref: string },
  after: number,
): NewTimer | undefined {
  const [next] = launches(of.name, of.schedule, after, Infinity, 1);
  return (
    next && { kind: 'tick', ref: of.ref, dueAt: next.at, forDue: next.due }
  );
}
