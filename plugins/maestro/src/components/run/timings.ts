import type { Attempt, TaskInstance } from '@maestro/plugin-maestro-common';

/** One stage of an attempt. */
export interface Timing {
  label: string;
  /** Epoch milliseconds. */
  at: number;
  /** Milliseconds since the stage before. */
  afterMs?: number;
}

/**
 * The stages that an attempt has reached, in their order. When the task became
 * ready is known of its latest attempt only.
 */
export function timings(
  attempt: Attempt,
  instance: TaskInstance | undefined,
): Timing[] {
  const latest = instance?.latestAttemptId === attempt.attemptId;
  const stages: Array<[string, number | undefined]> = [
    ['ready', latest ? instance?.readyAt : undefined],
    ['claimed', attempt.claimedAt],
    ['launched', attempt.launchedAt],
    ['started', attempt.startedAt],
    ['ended', attempt.endedAt],
  ];
  const reached: Timing[] = [];
  for (const [label, at] of stages) {
    if (at === undefined) continue;
    const before = reached[reached.length - 1];
    reached.push({
      label,
      at,
      afterMs: before && Math.max(0, at - before.at),
    });
  }
  return reached;
}
