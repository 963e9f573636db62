import type { V1Pod } from '@kubernetes/client-node';
import type { ObservedAttempt } from '@maestro/plugin-maestro-node';
import type { ClusterApi } from '../cluster/ClusterApi';

/** A pod that waits without a word for so long is asked for, milliseconds. */
const SILENT_MS = 5_000;

/** Between two looks at the events of one pod, milliseconds. */
const LOOK_MS = 15_000;

/**
 * What pods wait for that do not say it themselves: a volume that cannot be
 * mounted is told only by an event.
 */
export class WaitingWords {
  readonly #known = new Map<string, { at: number; words?: string }>();

  constructor(private readonly api: Pick<ClusterApi, 'eventsOf'>) {}

  /** The observation, with the words of the cluster where it has none. */
  async told(pod: V1Pod, observed: ObservedAttempt): Promise<ObservedAttempt> {
    const { attemptId, phase, waitsFor } = observed;
    if (phase !== 'starting' || waitsFor !== undefined) {
      this.#known.delete(attemptId);
      return observed;
    }
    const created = new Date(pod.metadata?.creationTimestamp ?? 0).getTime();
    if (Date.now() - created < SILENT_MS) return observed;
    let known = this.#known.get(attemptId);
    const now = performance.now();
    if (!known || now - known.at > LOOK_MS) {
      known = { at: now, words: await this.#look(pod) };
      this.#known.set(attemptId, known);
    }
    return known.words === undefined
      ? observed
      : { ...observed, waitsFor: known.words };
  }

  forget(attemptId: string): void {
    this.#known.delete(attemptId);
  }

  async #look(pod: V1Pod): Promise<string | undefined> {
    try {
      const warning = (await this.api.eventsOf(pod))
        .filter(event => event.type === 'Warning')
        .pop();
      return warning && `${warning.reason}: ${warning.message}`;
    } catch (error) {
      // Said in the place of what it hides: a right that is missing, mostly.
      return `its events could not be read: ${(error as Error).message}`;
    }
  }
}
