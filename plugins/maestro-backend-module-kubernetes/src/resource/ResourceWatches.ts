import { LABEL } from '../pod/names';
import type { ClusterObject, ResourceApi, ResourceKind } from './ResourceApi';

/** One watch for each kind and namespace that attempts were seen of. */
export class ResourceWatches {
  /** By namespace, then by kind. */
  readonly #watched = new Map<string, Map<string, AbortController>>();
  /** Namespaces in which nothing may be looked at any more. */
  readonly #off = new Set<string>();
  #isStopped = false;
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
    if (this.#isStopped || this.#off.has(namespace)) return;
    const watched =
      this.#watched.get(namespace) ?? new Map<string, AbortController>();
    if (watched.has(kind.name)) return;
    const stop = new AbortController();
    watched.set(kind.name, stop);
    this.#watched.set(namespace, watched);
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
      signal: stop.signal,
    });
  }

  /** Ends all of a namespace for good: a listing under way begins none anew. */
  off(namespace: string): void {
    this.#off.add(namespace);
    const watched = this.#watched.get(namespace);
    this.#watched.delete(namespace);
    for (const stop of watched?.values() ?? []) stop.abort();
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
    this.#isStopped = true;
    for (const namespace of this.#watched.keys()) this.off(namespace);
  }
}
