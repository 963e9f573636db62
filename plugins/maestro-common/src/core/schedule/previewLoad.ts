/** Something that goes on from `start` up to, not including, `end`. */
export interface Interval {
  start: number;
  end: number;
  pipeline: string;
}

/**
 * Most runs at once.
 *
 * @public
 */
export interface PreviewPeak {
  /** Epoch milliseconds, when it begins. */
  at: number;
  runs: number;
  pipelines: string[];
}

/** A company of so many names is no help to anybody. */
const SHOWN_PIPELINES = 20;

/**
 * When the runs of a pipeline start that allows so many at once: in the order
 * of their due times, each as soon as there is a place.
 */
export function queueRuns(
  due: readonly number[],
  durationMs: number,
  maxActiveRuns: number,
): {
  starts: number[];
  waiting?: {
    runs: number;
    longestMs: number;
    /** Due times of those that wait. */
    at: number[];
    /** Most runs that are due and not over at once. */
    mostWanted: number;
  };
} {
  const starts: number[] = [];
  const at: number[] = [];
  let longestMs = 0;
  let mostWanted = 0;
  let firstOpen = 0;
  due.forEach((instant, i) => {
    // The one that frees the place: all take equally long, so they end in turn.
    const before = starts[i - maxActiveRuns];
    const start =
      before === undefined ? instant : Math.max(instant, before + durationMs);
    starts.push(start);
    if (start === instant) return;
    at.push(instant);
    longestMs = Math.max(longestMs, start - instant);
    while (starts[firstOpen] + durationMs <= instant) firstOpen += 1;
    mostWanted = Math.max(mostWanted, i - firstOpen + 1);
  });
  return at.length > 0
    ? { starts, waiting: { runs: at.length, longestMs, at, mostWanted } }
    : { starts };
}

/**
 * Stretches of time in which more goes on than the limit.
 *
 * @returns undefined when there is none
 */
export function overloads(
  intervals: readonly Interval[],
  limit: number,
):
  | { times: number; at: number[]; most: number; pipelines: string[] }
  | undefined {
  const at: number[] = [];
  const pipelines = new Set<string>();
  let most = 0;
  let isOver = false;
  sweep(intervals, (instant, live) => {
    most = Math.max(most, live.count);
    const nowOver = live.count > limit;
    if (nowOver && !isOver) at.push(instant);
    if (nowOver) live.names.forEach((_, name) => pipelines.add(name));
    isOver = nowOver;
  });
  return at.length > 0
    ? { times: at.length, at, most, pipelines: shown(pipelines) }
    : undefined;
}

/** The highest numbers of what goes on at once, each rise to it once. */
export function topPeaks(
  intervals: readonly Interval[],
  count: number,
): PreviewPeak[] {
  let peaks: PreviewPeak[] = [];
  let before = 0;
  let rising: PreviewPeak | undefined;
  sweep(intervals, (instant, live) => {
    if (live.count > before && live.count > 1) {
      rising = {
        at: instant,
        runs: live.count,
        pipelines: shown(live.names.keys()),
      };
    } else if (live.count < before && rising) {
      peaks.push(rising);
      rising = undefined;
      if (peaks.length > count * 50) peaks = highest(peaks, count);
    }
    before = live.count;
  });
  return highest(peaks, count);
}

/**
 * A step of the forecast in which something is.
 *
 * @public
 */
export interface PreviewStep {
  /** Epoch milliseconds, its beginning. */
  at: number;
  runs: number;
}

/** How many instants lie in each step; steps with none are left out. */
export function countPerStep(
  instants: readonly number[],
  stepMs: number,
): PreviewStep[] {
  const steps: PreviewStep[] = [];
  for (const instant of instants) {
    const at = Math.floor(instant / stepMs) * stepMs;
    const last = steps[steps.length - 1];
    if (last?.at === at) last.runs += 1;
    else steps.push({ at, runs: 1 });
  }
  return steps;
}

/** The most that goes on at once in each step; steps with nothing are left out. */
export function mostPerStep(
  intervals: readonly Interval[],
  options: { stepMs: number; until: number },
): PreviewStep[] {
  const { stepMs, until } = options;
  const steps: PreviewStep[] = [];
  let since = 0;
  let runs = 0;
  sweep(intervals, (instant, live) => {
    if (runs > 0) {
      let at = Math.floor(since / stepMs) * stepMs;
      for (; at < Math.min(instant, until); at += stepMs) {
        const last = steps[steps.length - 1];
        if (last?.at === at) last.runs = Math.max(last.runs, runs);
        else steps.push({ at, runs });
      }
    }
    since = instant;
    runs = live.count;
  });
  return steps;
}

function highest(peaks: PreviewPeak[], count: number): PreviewPeak[] {
  // Of equal ones the earlier stays first: they come in the order of time.
  return peaks.sort((a, b) => b.runs - a.runs).slice(0, count);
}

interface Live {
  count: number;
  /** How many of each pipeline. */
  names: Map<string, number>;
}

/** Goes through time; tells after each instant at which something changed. */
function sweep(
  intervals: readonly Interval[],
  tell: (instant: number, live: Live) => void,
): void {
  // What takes no time meets nobody.
  const lasting = intervals.filter(({ start, end }) => end > start);
  const starts = [...lasting].sort((a, b) => a.start - b.start);
  const ends = [...lasting].sort((a, b) => a.end - b.end);
  const live: Live = { count: 0, names: new Map() };
  const change = (name: string, by: 1 | -1) => {
    live.count += by;
    const left = (live.names.get(name) ?? 0) + by;
    if (left > 0) live.names.set(name, left);
    else live.names.delete(name);
  };
  let s = 0;
  let e = 0;
  while (e < ends.length) {
    const instant = Math.min(starts[s]?.start ?? Infinity, ends[e].end);
    while (ends[e]?.end === instant) change(ends[e++].pipeline, -1);
    while (starts[s]?.start === instant) change(starts[s++].pipeline, 1);
    tell(instant, live);
  }
}

function shown(names: Iterable<string>): string[] {
  return [...names].sort().slice(0, SHOWN_PIPELINES);
}
