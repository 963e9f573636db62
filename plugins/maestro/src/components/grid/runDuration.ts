import type { RunSummary } from '@maestro/plugin-maestro-common';

/** How long a run took, in milliseconds; undefined while it is not over. */
export function runDuration({
  startedAt,
  endedAt,
}: Pick<RunSummary, 'startedAt' | 'endedAt'>): number | undefined {
  return startedAt === undefined || endedAt === undefined
    ? undefined
    : endedAt - startedAt;
}
