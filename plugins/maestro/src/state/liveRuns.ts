/**
 * Turns signals into invalidations. A signal says only that a run has a new
 * revision; what it is, is asked. Signals that come close together are one
 * round of questions: the first acts at once, the rest after a pause.
 *
 * @packageDocumentation
 */
import type { QueryClient } from '@tanstack/react-query';
import type { RunDetail } from '@maestro/plugin-maestro-common';
import { keys } from './queries';

/** A message of the channel `maestro:runs`. */
export type RunSignal = {
  runId: string;
  pipeline: string;
  revision: number;
};

/** Name of the channel. */
export const RUNS_CHANNEL = 'maestro:runs';

/** Shortest time between two rounds, in milliseconds. */
const PAUSE = 250;

/** @returns a function for each signal, and one that ends all */
export function liveRuns(client: QueryClient): {
  onSignal(signal: RunSignal): void;
  stop(): void;
} {
  const waiting = new Map<string, RunSignal>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = () => {
    timer = undefined;
    if (waiting.size === 0) {
      return;
    }
    const signals = [...waiting.values()];
    waiting.clear();
    timer = setTimeout(flush, PAUSE);
    for (const { runId } of signals) {
      client.invalidateQueries({ queryKey: keys.run(runId) });
    }
    for (const pipeline of new Set(signals.map(s => s.pipeline))) {
      client.invalidateQueries({ queryKey: keys.pipeline(pipeline) });
    }
    client.invalidateQueries({ queryKey: keys.pipelines });
  };

  return {
    onSignal(signal) {
      const known = client.getQueryData<RunDetail>([
        ...keys.run(signal.runId),
        'detail',
      ]);
      // Signals may be late or come twice.
      if (known && known.revision >= signal.revision) {
        return;
      }
      waiting.set(signal.runId, signal);
      if (!timer) {
        flush();
      }
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      waiting.clear();
    },
  };
}
