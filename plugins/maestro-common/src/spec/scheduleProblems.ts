import { cronProblem } from '../core/timetable';
import { isKnownTimezone } from '../core/zones';
import { parseInstant } from './compilePipeline';
import { durationMs } from './duration';
import type { ProblemList, ProblemPath } from './problems';

/** Cron expressions, time zones, dates and ids of schedules. @internal */
export function findScheduleProblems(spec: unknown, list: ProblemList): void {
  const { schedule } = (spec ?? {}) as { schedule?: unknown };
  const several = Array.isArray(schedule);
  const ids = new Set<string>();
  (several ? schedule : [schedule]).forEach((one: unknown, i: number) => {
    if (typeof one !== 'object' || one === null) {
      return;
    }
    const path = several ? ['spec', 'schedule', i] : ['spec', 'schedule'];
    const fields = one as Record<string, unknown>;
    const id = typeof fields.id === 'string' ? fields.id : 'default';
    if (ids.has(id)) {
      list.add(
        [...path, 'id'],
        `Schedule id "${id}" is used twice`,
        'an id of its own for each schedule, it is part of the key of its runs',
      );
    }
    ids.add(id);
    findOne(fields, path, list);
  });
}

function findOne(
  fields: Record<string, unknown>,
  path: ProblemPath,
  list: ProblemList,
): void {
  const { cron, every, timezone = 'UTC', startDate, endDate } = fields;
  if (cron === undefined && every === undefined) {
    list.add(path, 'The schedule is never due', '"cron" or "every"');
  } else if (cron !== undefined && every !== undefined) {
    list.add(path, 'The schedule has both "cron" and "every"', 'one of them');
  }
  if (typeof cron === 'string') {
    const problem = cronProblem(cron);
    if (problem) {
      list.add([...path, 'cron'], problem);
    }
  }
  if (typeof every === 'string' && isShort(every)) {
    list.add([...path, 'every'], `The interval is ${every}`, 'at least PT1S');
  }
  if (typeof timezone !== 'string' || !isKnownTimezone(timezone)) {
    if (typeof timezone === 'string') {
      list.add(
        [...path, 'timezone'],
        `Time zone "${timezone}" is not known`,
        'an IANA name such as Europe/Berlin',
      );
    }
    return;
  }
  const read = (name: string, text: unknown): number | undefined => {
    if (typeof text !== 'string') {
      return undefined;
    }
    const instant = parseInstant(text, timezone);
    if (instant === undefined) {
      list.add(
        [...path, name],
        `"${text}" is not a date`,
        'ISO 8601 such as 2025-01-31 or 2025-01-31T04:00:00Z',
      );
    }
    return instant;
  };
  const start = read('startDate', startDate);
  const end = read('endDate', endDate);
  if (start !== undefined && end !== undefined && end < start) {
    list.add(
      [...path, 'endDate'],
      `The schedule ends (${endDate}) before it starts (${startDate})`,
    );
  }
}

function isShort(every: string): boolean {
  try {
    return durationMs(every) < 1000;
  } catch {
    // The schema has said that it is no duration.
    return false;
  }
}
