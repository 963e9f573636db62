import type { CoreV1Event, V1Pod } from '@kubernetes/client-node';
import type { ObservedAttempt } from '@maestro/plugin-maestro-node';
import type { ClusterApi } from '../cluster/ClusterApi';
import { observePod } from './observePod';

/** A pod that waits without a word for so long is asked for, milliseconds. */
const SILENT_MS = 5_000;

/** Between two looks at the events of one namespace, milliseconds. */
const LOOK_MS = 15_000;

/** What a look at a namespace gave. */
interface Look {
  /** Monotonic milliseconds. */
  at: number;
  /** By uid of the pod. */
  words: Map<string, string>;
  /** Why there are none. */
  problem?: string;
}

/**
 * What pods wait for that do not say it themselves: a volume that cannot be
 * mounted is told only by an event. One listing of events serves all that wait
 * in a namespace.
 */
export class WaitingWords {
  readonly #looks = new Map<string, Look>();

  constructor(private readonly api: Pick<ClusterApi, 'listWarnings'>) {}

  /** Observations, with the words of the cluster where they have none. */
  async told(
    namespace: string,
    pods: readonly V1Pod[],
  ): Promise<ObservedAttempt[]> {
    const observed = pods.map(pod => ({ pod, attempt: observePod(pod) }));
    const silent = observed.filter(
      ({ pod, attempt: { phase, waitsFor } }) =>
        phase === 'starting' && waitsFor === undefined && isOld(pod),
    );
    if (silent.length === 0) return observed.map(({ attempt }) => attempt);
    const look = await this.#look(namespace);
    for (const { pod, attempt } of silent) {
      const words = look.words.get(pod.metadata!.uid!) ?? look.problem;
      if (words !== undefined) attempt.waitsFor = words;
    }
    return observed.map(({ attempt }) => attempt);
  }

  async #look(namespace: string): Promise<Look> {
    const known = this.#looks.get(namespace);
    const at = performance.now();
    if (known && at - known.at <= LOOK_MS) return known;
    const look: Look = { at, words: new Map() };
    try {
      for (const { involvedObject, reason, message } of inOrder(
        await this.api.listWarnings(namespace),
      )) {
        // The last one counts.
        look.words.set(involvedObject.uid ?? '', `${reason}: ${message}`);
      }
    } catch (error) {
      // Said in the place of what it hides: a right that is missing, mostly.
      look.problem = `its events could not be read: ${
        (error as Error).message
      }`;
    }
    this.#looks.set(namespace, look);
    return look;
  }
}

function isOld(pod: V1Pod): boolean {
  const created = new Date(pod.metadata?.creationTimestamp ?? 0).getTime();
  return Date.now() - created >= SILENT_MS;
}

function inOrder(events: CoreV1Event[]): CoreV1Event[] {
  const at = (event: CoreV1Event) =>
    Number(event.lastTimestamp ?? event.eventTime ?? 0);
  return [...events].sort((a, b) => at(a) - at(b));
}
