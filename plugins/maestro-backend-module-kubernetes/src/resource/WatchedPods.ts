import type { V1Pod } from '@kubernetes/client-node';
import type { ClusterApi } from '../cluster/ClusterApi';

/**
 * The pods of a selector as a watch tells of them, so that nobody has to ask
 * again and again.
 */
export class WatchedPods {
  readonly #stop = new AbortController();
  readonly #pods = new Map<string, V1Pod>();
  #isTold = false;

  constructor(
    private readonly options: {
      api: Pick<ClusterApi, 'watchPods'>;
      namespace: string;
      selector: string;
      /** They are others now, or in another state. */
      changed(): void;
      failed(error: Error): void;
    },
  ) {}

  async start(): Promise<void> {
    const { api, namespace, selector, changed, failed } = this.options;
    this.#isTold = true;
    await api.watchPods(namespace, selector, {
      changed: pod => {
        this.#isTold = true;
        this.#pods.set(pod.metadata!.uid!, pod);
        changed();
      },
      gone: pod => {
        // How it ended may come together with that it is gone.
        this.#pods.set(pod.metadata!.uid!, pod);
        changed();
        this.#pods.delete(pod.metadata!.uid!);
        changed();
      },
      failed: error => {
        this.#isTold = false;
        failed(error);
      },
      signal: this.#stop.signal,
    });
  }

  /** Undefined while the watch is broken: whoever wants to know must ask. */
  get all(): V1Pod[] | undefined {
    return this.#isTold ? [...this.#pods.values()] : undefined;
  }

  stop(): void {
    this.#stop.abort();
  }
}
