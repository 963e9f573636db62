import { ExpressionError } from '../core/expressions/expressionError';
import { EXPRESSION_OUTCOME_FIELDS } from '../core/expressions/expressionReferences';
import { compileCondition } from '../core/expressions/expressions';
import { cronProblem, nextDue } from '../core/schedule/timetable';
import { isKnownTimezone } from '../core/time/zones';
import { parseInstant } from './compilePipeline';
import { looseDurationMs } from './duration';
import { WEEKDAYS } from './pipelineSpec';
import type { ProblemList, ProblemPath } from './problems';

/** Cron expressions, time zones, dates and ids of schedules. @internal */
export function findScheduleProblems(spec: unknown, list: ProblemList): void {
  const { schedule, maxActiveRuns } = (spec ?? {}) as {
    schedule?: unknown;
    maxActiveRuns?: unknown;
  };
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
    if (fields.continuous === undefined) return;
    if (several && (schedule as unknown[]).length > 1) {
      list.add(
        path,
        'A continuous schedule stands beside others',
        'it alone: what is due meanwhile would wait for its runs',
      );
    }
    if (typeof maxActiveRuns === 'number' && maxActiveRuns > 1) {
      list.add(
        ['spec', 'maxActiveRuns'],
        `The schedule is continuous, and ${maxActiveRuns} runs may be active`,
        '1, the default then',
      );
    }
  });
}

function findOne(
  fields: Record<string, unknown>,
  path: ProblemPath,
  list: ProblemList,
): void {
  const { cron, every, timezone = 'UTC', startDate, endDate } = fields;
  const kinds = ['cron', 'every', 'dates', 'continuous'].filter(
    kind => fields[kind] !== undefined,
  );
  const { assets } = fields;
  if (kinds.length === 0 && assets === undefined) {
    list.add(
      path,
      'The schedule is never due',
      '"cron", "every", "dates", "continuous" or "assets"',
    );
  } else if (kinds.length > 1) {
    list.add(
      path,
      `The schedule has ${kinds.length === 2 ? 'both' : 'all of'} ${kinds
        .map(kind => `"${kind}"`)
        .join(' and ')}`,
      'one of them',
    );
  }
  findContinuousProblems(fields, path, list);
  findWhenProblems(fields.when, path, list);
  findEventProblems(fields, kinds.length > 0, path, list);
  if (typeof cron === 'string') {
    const problem = cronProblem(cron);
    if (problem) {
      list.add([...path, 'cron'], problem);
    }
  }
  if (isShort(every)) {
    list.add([...path, 'every'], `The interval is ${every}`, 'at least PT1S');
  }
  findJitterProblems(fields, path, list);
  if (typeof timezone !== 'string') return;
  if (!isKnownTimezone(timezone)) {
    list.add(
      [...path, 'timezone'],
      `Time zone "${timezone}" is not known`,
      'an IANA name such as Europe/Berlin',
    );
    return;
  }
  const read = (place: ProblemPath, text: unknown): number | undefined => {
    if (typeof text !== 'string') {
      return undefined;
    }
    const instant = parseInstant(text, timezone);
    if (instant === undefined) {
      list.add(
        [...path, ...place],
        `"${text}" is not a date`,
        'ISO 8601 such as 2025-01-31 or 2025-01-31T04:00:00Z',
      );
    }
    return instant;
  };
  const start = read(['startDate'], startDate);
  const end = read(['endDate'], endDate);
  listOf(fields.dates).forEach((text, i) => read(['dates', i], text));
  listOf(fields.except).forEach((text, i) => {
    if (typeof text !== 'string' || isDay(text)) return;
    list.add(
      [...path, 'except', i],
      `"${text}" is not a day`,
      'a day such as 2026-12-25',
    );
  });
  if (
    typeof cron === 'string' &&
    !cronProblem(cron) &&
    meetsNoDay(cron, timezone, fields.days)
  ) {
    list.add(
      path,
      `The schedule is never due: "${cron}" meets none of its days`,
      'days on which the cron expression is due',
    );
  }
  if ((end ?? Infinity) < (start ?? -Infinity)) {
    list.add(
      [...path, 'endDate'],
      `The schedule ends (${endDate}) before it starts (${startDate})`,
    );
  }
}

/** What is about due times, or starts runs beside them. */
const NOT_CONTINUOUS = [
  'assets',
  'days',
  'except',
  'when',
  'jitter',
  'catchup',
] as const;

function findContinuousProblems(
  fields: Record<string, unknown>,
  path: ProblemPath,
  list: ProblemList,
): void {
  const { continuous, pause } = fields;
  if (continuous === undefined) {
    if (pause !== undefined) {
      list.add(
        [...path, 'pause'],
        'The pause is one between runs that follow each other, and the schedule is not "continuous"',
      );
    }
    return;
  }
  if (isShort(pause)) {
    list.add([...path, 'pause'], `The pause is ${pause}`, 'at least PT1S');
  }
  for (const name of NOT_CONTINUOUS) {
    if (fields[name] !== undefined) {
      list.add(
        [...path, name],
        `"${name}" has no place in a continuous schedule, whose runs follow each other`,
        'startDate, endDate and pause',
      );
    }
  }
}

/** A day: what starts later than that belongs to another due time. */
const LONGEST_JITTER_MS = 86_400_000;

function findJitterProblems(
  { jitter, every }: Record<string, unknown>,
  path: ProblemPath,
  list: ProblemList,
): void {
  const jitterMs = looseDurationMs(jitter);
  if (jitterMs === undefined) return;
  const everyMs = looseDurationMs(every) ?? Infinity;
  if (jitterMs > LONGEST_JITTER_MS) {
    list.add([...path, 'jitter'], `The jitter is ${jitter}`, 'at most P1D');
  } else if (jitterMs >= everyMs) {
    list.add(
      [...path, 'jitter'],
      `The jitter (${jitter}) is as long as the interval (${every})`,
      'less than the interval: a run would start when the next one is due',
    );
  }
}

/** A condition of a schedule sees no tasks: there is no run yet. */
function findWhenProblems(
  when: unknown,
  path: ProblemPath,
  list: ProblemList,
): void {
  if (typeof when !== 'string') return;
  try {
    const { tasks, map, run } = compileCondition(when).references;
    const outcome = run.find(name =>
      (EXPRESSION_OUTCOME_FIELDS as readonly string[]).includes(name),
    );
    if (outcome) {
      list.add(
        [...path, 'when'],
        `The condition uses run.${outcome}, but there is no run yet`,
        'params, vars, connections and other fields of run',
      );
    }
    if (map.length > 0) {
      list.add(
        [...path, 'when'],
        `The condition uses ${map.join(
          ' and ',
        )}, which only tasks with "map" have`,
      );
    }
    if (tasks.length > 0) {
      list.add(
        [...path, 'when'],
        `The condition names the task "${tasks[0].id}", but there is no run yet`,
        'params, vars, connections and run',
      );
    }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    list.add([...path, 'when'], error.message);
  }
}

/** Fields that mean something for due times or for asset events only. */
function findEventProblems(
  fields: Record<string, unknown>,
  isDue: boolean,
  path: ProblemPath,
  list: ProblemList,
): void {
  const { assets, cooldown } = fields;
  if (cooldown !== undefined && assets === undefined) {
    list.add(
      [...path, 'cooldown'],
      'The cool-down is one of asset events, and the schedule has no "assets"',
    );
  }
  if (isShort(cooldown)) {
    list.add(
      [...path, 'cooldown'],
      `The cool-down is ${cooldown}`,
      'at least PT1S',
    );
  }
  if (isDue || assets === undefined) return;
  for (const name of ['days', 'except', 'catchup']) {
    if (fields[name] !== undefined) {
      list.add(
        [...path, name],
        `"${name}" is about due times, and the schedule has none`,
        '"when", which is asked at each event',
      );
    }
  }
}

function meetsNoDay(cron: string, timezone: string, days: unknown): boolean {
  if (!Array.isArray(days)) return false;
  const due = nextDue(
    {
      id: 'default',
      cron,
      timezone,
      days: days.map(day => WEEKDAYS.indexOf(day)),
      catchup: false,
    },
    0,
  );
  return due === undefined;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isDay(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) && parseInstant(text, 'UTC') !== undefined
  );
}

function isShort(every: unknown): boolean {
  return (looseDurationMs(every) ?? Infinity) < 1000;
}
