/**
 * The geometry of the grid tasks × runs: columns, bars above them, the line of
 * the objective. Pure; drawing is elsewhere.
 *
 * @packageDocumentation
 */
import type { Grid, GridRun } from '@maestro/plugin-maestro-common';

/** Sizes in pixels. */
export const GRID = {
  label: 210,
  column: 22,
  row: 26,
  bars: 72,
  /** Room above the longest bar. */
  headroom: 8,
} as const;

/**
 * What a run is called by: the time that it stands for, as on its own page.
 * Runs of a backfill all start at about the same time.
 */
export function runDate({
  logicalDate,
  runAfter,
}: Pick<GridRun, 'logicalDate' | 'runAfter'>): number {
  return logicalDate ?? runAfter;
}

/** Columns from the oldest to the newest; the API answers newest first. */
export function gridColumns(grid: Grid): GridRun[] {
  return [...grid.runs].sort((a, b) => a.runAfter - b.runAfter);
}

/** An objective of more than this many times the longest run is not drawn. */
const FAR = 3;

/**
 * Heights of the duration bars, and of the SLA line, from the bottom; without
 * `sla` the line is far above the bars.
 */
export interface GridBars {
  heights: number[];
  sla?: number;
  /** Duration of the longest run in milliseconds. */
  longestMs: number;
}

/**
 * Bars relative to the longest run or the objective, whichever is more; an
 * objective so far above that the bars would be all alike is left out. A run
 * that is not over counts from its start.
 */
export function gridBars(
  columns: readonly GridRun[],
  slaMs: number | undefined,
  now: number,
): GridBars {
  const durations = columns.map(run => {
    if (run.durationMs !== undefined) return run.durationMs;
    return run.state === 'running' && run.startedAt !== undefined
      ? Math.max(0, now - run.startedAt)
      : 0;
  });
  const longestMs = Math.max(0, ...durations);
  const isFar = slaMs !== undefined && longestMs > 0 && slaMs > FAR * longestMs;
  const most = isFar ? longestMs : Math.max(slaMs ?? 0, longestMs);
  const room = GRID.bars - GRID.headroom;
  const scale = (ms: number) => (most > 0 ? (ms / most) * room : 0);
  return {
    heights: durations.map(ms => (ms > 0 ? Math.max(2, scale(ms)) : 0)),
    sla: slaMs !== undefined && !isFar ? scale(slaMs) : undefined,
    longestMs,
  };
}
