import {
  CONTINUOUS_LOOK_MS,
  continuousInterval,
  continuousStep,
  earliestContinuous,
  pauseAfterRun,
  type ScheduleDefinition,
} from '@maestro/plugin-maestro-common';
import { bool, num } from '../database/conversion';
import type { Tx } from '../database/MaestroDatabase';
import { continuousFacts } from '../database/operations/timers/continuousFacts';
import { tickRef } from '../database/operations/timers/tickRef';
import {
  hurryTimers,
  moveTimer,
  type NewTimer,
} from '../database/operations/timers/timers';
import type { PipelineRow } from '../database/tables';
import type { RunDraft } from '../engine/RunDraft';
import type { EngineContext } from '../engine/types';
import { readShownDefinition } from '../pipelines/storedDefinition';
import type { TickDecision } from './ticks';

/*
 * A continuous schedule has one timer, its next look. The end of a run moves it,
 * in the transaction of that end; a look decides by the runs that there are, and
 * sets the next one in its own. So whatever is lost in between, the look finds it.
 */

type Ref = { pipelineId: number; scheduleId: string };

/** What its timer is known by; without `forDue`, its due time is that it says. */
export function continuousTimer(ref: Ref): Pick<NewTimer, 'kind' | 'ref'> {
  return { kind: 'tick', ref: tickRef(ref) };
}

/**
 * Decides a look at a continuous schedule, under the lock of its pipeline.
 *
 * @param at - `asked`: when the look was to be
 */
export async function decideContinuous(
  ctx: EngineContext,
  tx: Tx,
  of: { ref: Ref; pipeline: PipelineRow; schedule: ScheduleDefinition },
  { asked, now }: { asked: number; now: number },
): Promise<{
  decisions: TickDecision[];
  startOf: ReadonlyMap<number, number>;
  intervalOf(dueAt: number): { start: number; end: number };
  next: NewTimer | undefined;
}> {
  const { ref, schedule } = of;
  const stored = await continuousFacts(ctx.db, tx, ref);
  const paused = bool(of.pipeline.paused);
  const facts = { ...stored, paused, isActive: stored.active !== undefined };
  const step = continuousStep(schedule, facts, asked, now);
  const starts = step.kind === 'start' ? [step.due] : [];
  const active = { ...facts, isActive: true };
  const next =
    step.kind === 'start' ? continuousStep(schedule, active, now, now) : step;
  return {
    decisions: starts.map(dueAt => ({ dueAt, outcome: 'run', late: false })),
    startOf: new Map(starts.map(due => [due, due])),
    intervalOf: dueAt => continuousInterval(schedule, dueAt, facts.lastDue),
    next:
      next.kind === 'wait'
        ? { ...continuousTimer(ref), dueAt: next.until }
        : undefined,
  };
}

/**
 * When a continuous schedule of a new version is looked at.
 *
 * @returns undefined when its end date is over
 */
export async function firstContinuousLook(
  ctx: Pick<EngineContext, 'db'>,
  tx: Tx,
  of: { pipelineId: number; schedule: ScheduleDefinition },
  now: number,
): Promise<number | undefined> {
  const { pipelineId, schedule } = of;
  const ref = { pipelineId, scheduleId: schedule.id };
  const facts = await continuousFacts(ctx.db, tx, ref);
  const at = Math.max(now, earliestContinuous(schedule, facts));
  return at > (schedule.endAt ?? Infinity) ? undefined : at;
}

/**
 * A run is over: its schedule is looked at after the pause, or sooner, since
 * another version of the pipeline may say a shorter one. In the transaction of
 * the end, so that there is none without the other.
 *
 * No timer is made here: who has none is no schedule of this pipeline any more,
 * or of a run that is only tried. A look that is under way does not see this end:
 * this waits for it, and moves the timer that it has set.
 */
export async function followContinuous(draft: RunDraft): Promise<void> {
  const { ctx, tx, run, definition } = draft;
  // A backfill neither waits for these runs nor do they wait for it.
  if (run.backfill_id !== null) return;
  for (const schedule of definition.schedules) {
    if (!schedule.continuous) continue;
    const pause = pauseAfterRun(schedule, run.state === 'failed');
    await moveTimer(ctx.db, tx, {
      ...continuousTimer({
        pipelineId: num(run.pipeline_id),
        scheduleId: schedule.id,
      }),
      dueAt: draft.now + Math.min(pause, CONTINUOUS_LOOK_MS),
    });
    draft.setsTimers = true;
  }
}

/** A pipeline is not paused any more: its continuous schedules are looked at. */
export async function resumeContinuous(
  { db }: Pick<EngineContext, 'db'>,
  tx: Tx,
  pipeline: PipelineRow,
  now: number,
): Promise<void> {
  const version = await db
    .table(tx, 'pipeline_versions')
    .where({ id: pipeline.current_version_id ?? -1 })
    .first('definition');
  if (!version) return;
  // One that this build cannot run can be unpaused all the same.
  const { schedules } = readShownDefinition(version.definition);
  const refs = schedules.flatMap(({ id, continuous }) =>
    continuous
      ? [tickRef({ pipelineId: num(pipeline.id), scheduleId: id })]
      : [],
  );
  await hurryTimers(db, tx, 'tick', refs, now);
}
