import type { TaskSummary } from './taskSummaries';

/** Where a task lies on the time axis of its run, in percent of its length. */
export interface Span {
  left: number;
  width: number;
}

/**
 * The run's time from its first task to its last, or to now while one runs.
 * Undefined while nothing has started.
 */
export function runExtent(
  summaries: readonly TaskSummary[],
  now: number,
): { from: number; to: number } | undefined {
  let from = Infinity;
  let to = -Infinity;
  for (const { startedAt, endedAt } of summaries) {
    if (startedAt === undefined) continue;
    from = Math.min(from, startedAt);
    to = Math.max(to, endedAt ?? now);
  }
  return to > from ? { from, to } : undefined;
}

/**
 * A task on that axis. Never outside of it and never too thin to be seen.
 */
export function spanOf(
  summary: Pick<TaskSummary, 'startedAt' | 'endedAt'>,
  extent: { from: number; to: number } | undefined,
  now: number,
): Span | undefined {
  const { startedAt, endedAt } = summary;
  if (startedAt === undefined || !extent) {
    return undefined;
  }
  const length = extent.to - extent.from;
  const share = (at: number) =>
    Math.min(100, Math.max(0, ((at - extent.from) / length) * 100));
  const left = Math.min(99, share(startedAt));
  return { left, width: Math.max(1, share(endedAt ?? now) - left) };
}
