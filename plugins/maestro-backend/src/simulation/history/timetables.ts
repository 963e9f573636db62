import {
  hasDueTimes,
  type ScheduleDefinition,
} from '@maestro/plugin-maestro-common';
import type { Random } from '../Random';
import { START } from '../settings';

/** What only schedules of DAGs have, put on those of a pipeline. */
export type TimetablePlan = Pick<
  ScheduleDefinition,
  'crons' | 'everySpan' | 'interval'
>;

/** The first of February is so long before the first of March. */
const FEBRUARY_MS = 28 * 86_400_000;

/** Several expressions, steps of the calendar, data intervals; or none of them. */
export function generateTimetable(random: Random): TimetablePlan | undefined {
  if (random.chance(0.7)) return undefined;
  return {
    crons: random.chance(0.4)
      ? random.pick([['*/2 * * * *'], ['1,2 * * * *', '* * * * *']])
      : undefined,
    everySpan: random.chance(0.3)
      ? { months: 1, ...(random.chance(0.5) ? { ms: 25_000 } : {}) }
      : undefined,
    interval: random.chance(0.8)
      ? random.pick([
          {},
          {},
          { lengthMs: 0 },
          { lengthMs: 45_000 },
          { span: { months: 1 } },
        ])
      : undefined,
  };
}

/** A schedule with what of a plan it can have. */
export function withTimetable(
  schedule: ScheduleDefinition,
  plan: TimetablePlan | undefined,
): ScheduleDefinition {
  if (!plan || !hasDueTimes(schedule)) return schedule;
  const { crons, everySpan, interval } = plan;
  const { cron, everyMs, ...rest } = schedule;
  if (everyMs !== undefined && everySpan) {
    // So that it is due in the story: a month and 20 seconds later.
    const startAt = START - FEBRUARY_MS + 20_000;
    return { ...rest, everySpan, startAt, ...(interval ? { interval } : {}) };
  }
  return {
    ...schedule,
    ...(cron !== undefined && crons ? { crons } : {}),
    ...(interval ? { interval } : {}),
  };
}
