import type { RunDot } from '@maestro/plugin-maestro-common';

/** Width of one run in pixels, and the heights of the two rows. @internal */
export const DOTS = {
  pitch: 15,
  bars: 18,
  gap: 3,
  dot: 14,
  count: 14,
} as const;

/** One run of the strip. @internal */
export interface PlacedDot {
  run: RunDot;
  /** Left edge in pixels. */
  x: number;
  /** Height of the duration bar in pixels; 0 without a duration. */
  bar: number;
}

/**
 * Places the last runs, newest at the right whatever order they come in. Bars
 * are relative to the longest of these runs; one that took any time at all
 * stays visible.
 *
 * @internal
 */
export function placeDots(runs: readonly RunDot[]): PlacedDot[] {
  const last = [...runs]
    .sort((a, b) => a.runAfter - b.runAfter)
    .slice(-DOTS.count);
  const longest = Math.max(0, ...last.map(run => run.durationMs ?? 0));
  const offset = DOTS.count - last.length;
  return last.map((run, i) => ({
    run,
    x: (offset + i) * DOTS.pitch,
    bar:
      run.durationMs && longest > 0
        ? Math.max(2, Math.round((run.durationMs / longest) * DOTS.bars))
        : 0,
  }));
}
