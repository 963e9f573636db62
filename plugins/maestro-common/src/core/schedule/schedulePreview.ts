/**
 * What the schedules will do: how many runs, where they meet, where limits make
 * them wait. Pure: due times come from the timetable, durations from history,
 * and both are arguments, so that the portal, the command line and the tests
 * see the same future.
 *
 * It is a forecast: every run takes as long as its pipeline usually does, and
 * nothing but schedules starts runs.
 *
 * @packageDocumentation
 */
import {
  countPerStep,
  type Interval,
  mostPerStep,
  overloads,
  queueRuns,
  topPeaks,
  type PreviewPeak,
  type PreviewStep,
} from './previewLoad';

export type { PreviewPeak, PreviewStep } from './previewLoad';

/**
 * A task of a run as it usually goes, milliseconds from the start of the run.
 *
 * @public
 */
export interface PreviewTask {
  startsAfterMs: number;
  durationMs: number;
  pool?: string;
}

/**
 * A pipeline and when it is due.
 *
 * @public
 */
export interface PreviewPipelineInput {
  name: string;
  /** Due times of all its schedules, epoch milliseconds, ascending. */
  due: readonly number[];
  maxActiveRuns: number;
  maxActiveTasks?: number;
  /** How long a run usually takes; unknown before the first success. */
  expectedMs?: number;
  /** Its tasks as they usually go, where a limit on tasks matters. */
  tasks?: readonly PreviewTask[];
}

/**
 * One pipeline of the answer.
 *
 * @public
 */
export interface PreviewedPipeline {
  name: string;
  /** Runs that its schedules start. */
  runs: number;
  /** The first due times, at most ten. */
  next: number[];
  /** How many are due in each step that has any, by time. */
  starts: PreviewStep[];
  expectedMs?: number;
  /** Runs that will wait for `maxActiveRuns`, and the longest wait. */
  waiting?: { runs: number; longestMs: number; firstAt: number };
}

/**
 * Where runs meet, or want more than there is.
 *
 * - `same_instant`: several pipelines are due at one instant
 * - `max_active_runs`: a pipeline is due while as many of its runs go on as it
 *   allows
 * - `max_active_tasks`, `pool`: tasks want more slots than there are
 *
 * @public
 */
export interface PreviewCollision {
  kind: 'same_instant' | 'max_active_runs' | 'max_active_tasks' | 'pool';
  /** Who meets, by name. */
  pipelines: string[];
  pool?: string;
  /** How often it comes to that. */
  times: number;
  /** The first instants, at most three. */
  at: number[];
  /** Most that is wanted at once: runs or slots. */
  wanted: number;
  /** What there is; absent where nothing limits it. */
  limit?: number;
}

/** @public */
export interface SchedulePreview {
  /** Epoch milliseconds, both. */
  from: number;
  until: number;
  /** Length of a step of `starts` and `load`; steps begin at its multiples. */
  stepMs: number;
  pipelines: PreviewedPipeline[];
  collisions: PreviewCollision[];
  /** When most runs go on at once, highest first. */
  peaks: PreviewPeak[];
  /**
   * Most runs that go on at once in each step that has any; one whose duration
   * is not known yet takes no time.
   */
  load: PreviewStep[];
}

const SHOWN_DUE_TIMES = 10;
const SHOWN_INSTANTS = 3;
const SHOWN_PEAKS = 5;
const HOUR_MS = 3_600_000;

/** Steps of a picture of so many days: at most about 170. */
function stepOf(days: number): number {
  if (days <= 7) return HOUR_MS;
  return days <= 31 ? 6 * HOUR_MS : 24 * HOUR_MS;
}

/**
 * Forecasts what the schedules of some pipelines do.
 *
 * @param options - `pools`: slots by name; a pool that is not named has none;
 * `stepMs`: default an hour for a week, six for a month, a day for more
 * @public
 */
export function previewSchedules(options: {
  pipelines: readonly PreviewPipelineInput[];
  pools: ReadonlyMap<string, number>;
  from: number;
  until: number;
  stepMs?: number;
}): SchedulePreview {
  const { pipelines, pools, from, until } = options;
  const stepMs =
    options.stepMs ?? stepOf(Math.ceil((until - from) / (24 * HOUR_MS)));
  const collisions = sameInstants(pipelines);
  const runIntervals: Interval[] = [];
  const demand = new Map<string, Interval[]>();
  const previewed = pipelines.map((pipeline): PreviewedPipeline => {
    const { name, due, expectedMs, maxActiveRuns } = pipeline;
    const queued = queueRuns(due, expectedMs ?? 0, maxActiveRuns);
    const runs = queued.starts.map(start => ({
      start,
      end: start + (expectedMs ?? 0),
      pipeline: name,
    }));
    runIntervals.push(...runs);
    if (queued.waiting) {
      collisions.push({
        kind: 'max_active_runs',
        pipelines: [name],
        times: queued.waiting.runs,
        at: queued.waiting.at.slice(0, SHOWN_INSTANTS),
        wanted: queued.waiting.mostWanted,
        limit: maxActiveRuns,
      });
    }
    collectDemand(demand, pipeline, queued.starts);
    return {
      name,
      runs: due.length,
      next: due.slice(0, SHOWN_DUE_TIMES),
      starts: countPerStep(due, stepMs),
      ...(expectedMs === undefined ? {} : { expectedMs }),
      ...(queued.waiting
        ? {
            waiting: {
              runs: queued.waiting.runs,
              longestMs: queued.waiting.longestMs,
              firstAt: queued.waiting.at[0],
            },
          }
        : {}),
    };
  });
  for (const [key, intervals] of demand) {
    const [kind, name] = splitKey(key);
    const limit =
      kind === 'pool'
        ? pools.get(name) ?? 0
        : pipelines.find(pipeline => pipeline.name === name)!.maxActiveTasks!;
    const found = overloads(intervals, limit);
    if (!found) continue;
    collisions.push({
      kind,
      pipelines: found.pipelines,
      ...(kind === 'pool' ? { pool: name } : {}),
      times: found.times,
      at: found.at.slice(0, SHOWN_INSTANTS),
      wanted: found.most,
      limit,
    });
  }
  return {
    from,
    until,
    stepMs,
    pipelines: previewed,
    collisions: collisions.sort((a, b) => a.at[0] - b.at[0]),
    peaks: topPeaks(runIntervals, SHOWN_PEAKS),
    load: mostPerStep(runIntervals, { stepMs, until }),
  };
}

/** Pipelines that are due together, one entry for each company. */
function sameInstants(
  pipelines: readonly PreviewPipelineInput[],
): PreviewCollision[] {
  const byInstant = new Map<number, string[]>();
  for (const { name, due } of pipelines) {
    for (const instant of new Set(due)) {
      const names = byInstant.get(instant);
      if (names) names.push(name);
      else byInstant.set(instant, [name]);
    }
  }
  const byCompany = new Map<string, { names: string[]; at: number[] }>();
  for (const [instant, names] of byInstant) {
    if (names.length < 2) continue;
    const key = JSON.stringify(names);
    const company = byCompany.get(key) ?? { names, at: [] };
    byCompany.set(key, company);
    company.at.push(instant);
  }
  // Instants came in their order: those of each pipeline do.
  return [...byCompany.values()].map(({ names, at }) => ({
    kind: 'same_instant' as const,
    pipelines: names,
    times: at.length,
    at: at.slice(0, SHOWN_INSTANTS),
    wanted: names.length,
  }));
}

/** What the tasks of these runs take of each limit on tasks. */
function collectDemand(
  demand: Map<string, Interval[]>,
  { name, tasks = [], maxActiveTasks }: PreviewPipelineInput,
  starts: readonly number[],
): void {
  const add = (key: string, interval: Interval) => {
    const list = demand.get(key);
    if (list) list.push(interval);
    else demand.set(key, [interval]);
  };
  for (const { startsAfterMs, durationMs, pool } of tasks) {
    if (pool === undefined && maxActiveTasks === undefined) continue;
    for (const runStart of starts) {
      const start = runStart + startsAfterMs;
      const interval = { start, end: start + durationMs, pipeline: name };
      if (pool !== undefined) add(`pool/${pool}`, interval);
      if (maxActiveTasks !== undefined) {
        add(`max_active_tasks/${name}`, interval);
      }
    }
  }
}

function splitKey(key: string): ['pool' | 'max_active_tasks', string] {
  const slash = key.indexOf('/');
  return [
    key.slice(0, slash) as 'pool' | 'max_active_tasks',
    key.slice(slash + 1),
  ];
}
