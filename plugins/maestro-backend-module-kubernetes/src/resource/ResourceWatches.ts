import { LABEL } from '../pod/names';
import type { ClusterObject, ResourceApi, ResourceKind } from './ResourceApi';

/** One watch for each kind and namespace that attempts were seen of. */
export class ResourceWatches {
  readonly #stop = new AbortController();
  readonly #watched = new Set<string>();
  /** Objects as they were when they went, by attempt. */
  readonly #last = new Map<string, ClusterObject>();

  constructor(
    private readonly options: {
      api: ResourceApi;
      selector: string;
      saw(object: ClusterObject, isGone: boolean): Promise<void>;
      failed(error: Error): void;
    },
  ) {}

  async on(kind: ResourceKind, namespace: string): Promise<void> {
    const key = `${namespace} ${kind.name}`;
    if (this.#watched.has(key) || this.#stop.signal.aborted) return;
    this.#watched.add(key);
    const { api, selector, saw, failed } = this.options;
    const tell = (object: ClusterObject, isGone: boolean) => {
      // What is not taken here is found by the next listing.
      saw(object, isGone).catch(failed);
    };
    await api.watch(kind, namespace, selector, {
      changed: object => tell(object, false),
      gone: object => {
        const attemptId = object.metadata.labels?.[LABEL.attempt];
        if (attemptId) this.#last.set(attemptId, object);
        tell(object, true);
      },
      failed,
      signal: this.#stop.signal,
    });
  }

  /** The object of an attempt as it was when it went, if that was seen. */
  lastOf(attemptId: string): ClusterObject | undefined {
    return this.#last.get(attemptId);
  }

  forget(attemptId: string): void {
    this.#last.delete(attemptId);
  }

  /** Attempts of which it holds an object. */
  held(): string[] {
    return [...this.#last.keys()];
  }

  stop(): void {
    this.#stop.abort();
  }
}
