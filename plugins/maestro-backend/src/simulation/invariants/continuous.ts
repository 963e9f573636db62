import {
  pauseAfterRun,
  type PipelineDefinition,
  type ScheduleDefinition,
} from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../../database/conversion';
import { tickRef } from '../../database/operations/timers/tickRef';
import type { EventRow, PipelineRow, RunRow } from '../../database/tables';
import type { Violate } from './checkInvariants';
import type { Facts } from './Facts';

const RULE = 'the runs of a continuous schedule follow each other';

/**
 * Each due time is a run, none starts before the one before it is over and its
 * pause is, and the next one is looked for until the end date.
 */
export function checkContinuous(
  facts: Facts,
  of: {
    pipeline: PipelineRow;
    definition: PipelineDefinition;
    schedule: ScheduleDefinition;
  },
  violate: Violate,
): void {
  const { pipeline, definition, schedule } = of;
  const pipelineId = num(pipeline.id);
  const ticks = facts.ticks
    .filter(
      tick =>
        num(tick.pipeline_id) === pipelineId &&
        tick.schedule_id === schedule.id,
    )
    .sort((a, b) => num(a.due_at) - num(b.due_at));
  const runs = ticks.map(({ run_id: id }) =>
    facts.runs.find(run => num(run.id) === optionalNum(id)),
  );
  ticks.forEach((tick, i) => {
    const due = num(tick.due_at);
    const [run, before] = [runs[i], runs[i - 1]];
    const where = `${pipeline.name} at ${new Date(due).toISOString()}`;
    // An older run that was cleared between the look and its decision.
    if (!run && !(tick.reason === 'overlap' && definition.overlap === 'skip')) {
      violate(RULE, `${where} was ${tick.reason ?? tick.outcome}`);
    }
    if (due < (schedule.startAt ?? due) || due > (schedule.endAt ?? due)) {
      violate(RULE, `${where} is not within its dates`);
    }
    if (!run || !before) return;
    const begun = firstEvent(facts, run);
    const ends = facts.events.filter(
      event =>
        num(event.run_id) === num(before.id) &&
        event.type === 'run_finished' &&
        (!begun || num(event.id) < num(begun.id)),
    );
    if (begun && ends.length === 0) {
      violate(RULE, `${where} began before ${before.run_key} was over`);
    }
    // The pause is one behind the newest run, which somebody may have started.
    const isNewest = facts.runs.every(
      other =>
        num(other.pipeline_id) !== pipelineId ||
        other.backfill_id !== null ||
        num(other.id) >= num(run.id) ||
        num(other.run_after) <= num(before.run_after),
    );
    const kept = ends.some(event => {
      const failed = JSON.parse(event.body).state === 'failed';
      return num(event.at) + pauseAfterRun(schedule, failed) <= due;
    });
    if (isNewest && ends.length > 0 && !kept) {
      violate(RULE, `${where} began in the pause after ${before.run_key}`);
    }
  });
  const ref = tickRef({ pipelineId, scheduleId: schedule.id });
  const isLookedAt = facts.timers.some(
    timer => timer.kind === 'tick' && timer.ref === ref,
  );
  // A look behind the end date is the last one.
  if (!isLookedAt && schedule.endAt === undefined) {
    violate(RULE, `${pipeline.name} has no next look`);
  }
}

function firstEvent(facts: Facts, run: RunRow): EventRow | undefined {
  return facts.events.find(event => num(event.run_id) === num(run.id));
}
