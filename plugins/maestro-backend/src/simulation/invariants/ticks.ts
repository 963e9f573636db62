import {
  dueTimes,
  launches,
  logicalDate,
  nextDue,
  previousDue,
  type ScheduleDefinition,
} from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../../database/conversion';
import { SIMULATION_SETTINGS, START } from '../settings';
import type { Violate } from './checkInvariants';
import { checkContinuous } from './continuous';
import type { Facts } from './Facts';

const RULE = 'every due time has exactly one outcome';
const iso = (instant: number) => new Date(instant).toISOString();

/**
 * The due times from the first to now are exactly the ticks, in the store of
 * which their key is unique; and each that became a run has its own one.
 */
export function checkTicks(
  facts: Facts,
  simulation: { databaseNow(): number },
  violate: Violate,
): void {
  // The newest may still be on its way.
  const until = simulation.databaseNow() - 2 * SIMULATION_SETTINGS.pollMs;
  for (const pipeline of facts.pipelines) {
    const definition = facts.definitionOf(num(pipeline.current_version_id!));
    for (const schedule of definition.schedules) {
      if (schedule.continuous) {
        checkContinuous(facts, { pipeline, definition, schedule }, violate);
        continue;
      }
      const decided = facts.ticks.filter(
        tick =>
          num(tick.pipeline_id) === num(pipeline.id) &&
          tick.schedule_id === schedule.id,
      );
      const times = decided.map(tick => num(tick.due_at));
      const begin =
        schedule.catchup && schedule.startAt !== undefined
          ? schedule.startAt - 1
          : START;
      const end = Math.max(until, times[times.length - 1] ?? 0);
      // One that starts later, by its jitter, is not decided before.
      const expected = launches(
        pipeline.name,
        schedule,
        begin,
        end,
        100_000,
      ).flatMap(({ due, at }) => (at <= end ? due : []));
      const seen = new Set(times);
      const missing = expected.find(due => !seen.has(due));
      if (missing !== undefined) {
        violate(
          RULE,
          `${pipeline.name}/${schedule.id}: nothing was decided for ${iso(
            missing,
          )} (next would be ${iso(nextDue(schedule, missing) ?? 0)})`,
        );
      }
      // Where the clock went back, what is due may lie before the beginning.
      const earliest = Math.min(begin, START - 60 * 60_000);
      const wanted = new Set(dueTimes(schedule, earliest, end, 100_000));
      const wrong = times.find(due => !wanted.has(due));
      if (wrong !== undefined) {
        violate(RULE, `${pipeline.name}: ${iso(wrong)} is no due time`);
      }
    }
  }
  checkKeys(facts, violate);
  const ofTick = new Set<number>();
  for (const tick of facts.ticks) {
    const runId = optionalNum(tick.run_id);
    const run = facts.runs.find(row => num(row.id) === runId);
    if ((tick.outcome === 'run') !== (run !== undefined)) {
      violate(RULE, `tick ${iso(num(tick.due_at))} has no run`);
    }
    if (!run) continue;
    if (num(run.run_after) < num(tick.due_at)) {
      violate(RULE, `run ${run.run_key} started before it was due`);
    }
    const schedule = facts
      .definitionOf(num(run.version_id))
      .schedules.find(({ id }) => id === tick.schedule_id)!;
    const date = logicalDate(schedule, num(tick.due_at));
    if (num(run.logical_date!) !== date || ofTick.has(runId!)) {
      violate(RULE, `run ${run.run_key} belongs to another due time too`);
    }
    ofTick.add(runId!);
    const key = schedule.partition ? keyBefore(schedule, tick.due_at) : null;
    if (run.partition_key !== key) {
      violate(RULE, `run ${run.run_key} is about ${run.partition_key}`);
    }
  }
  for (const run of facts.runs) {
    if (run.trigger === 'scheduled' && !ofTick.has(num(run.id))) {
      violate(RULE, `run ${run.run_key} has no due time`);
    }
  }
}

/** The due time before as a clock shows it: what the world's format says. */
function keyBefore(schedule: ScheduleDefinition, due: number | string): string {
  const { startAt, endAt, interval, ...unbounded } = schedule;
  return iso(previousDue(unbounded, num(due))!).slice(11, 19);
}

function checkKeys(facts: Facts, violate: Violate): void {
  const keys = new Set<string>();
  for (const run of facts.runs) {
    const key = `${run.pipeline_id}/${run.run_key}`;
    if (keys.has(key)) {
      violate('the key of a run is used once', `pipeline ${key}`);
    }
    keys.add(key);
  }
}
