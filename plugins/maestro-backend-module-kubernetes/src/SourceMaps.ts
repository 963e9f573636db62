import type { ClusterApi } from './cluster/ClusterApi';
import { unlessThere } from './cluster/requests';
import { LABEL } from './pod/names';
import type { PodSources } from './pod/sources';

interface Known {
  /** When they were certain to be there, monotonic milliseconds. */
  at: number;
  making?: Promise<void>;
  /** Kept only while a pod may still miss them: up to 1 MiB. */
  sources?: PodSources;
  /** Attempts whose pod was made here and was not seen to run. */
  readonly starting: Set<string>;
}

/**
 * The ConfigMaps of sources that this process made or found. They are not made
 * anew for each pod; so one may be gone when a pod needs it, removed by hand or
 * by another process: the pod waits, says so, and it is made again.
 */
export class SourceMaps {
  /** By namespace and name. */
  readonly #known = new Map<string, Known>();
  /** Since when a pod misses those that nobody has, by attempt. */
  readonly #missed = new Map<string, number>();

  constructor(
    private readonly options: {
      api: Pick<ClusterApi, 'createConfigMap' | 'listConfigMaps'>;
      /** For how long they are taken to be there, milliseconds. */
      validMs: number;
      /** Milliseconds that who has them is waited for. */
      patienceMs: number;
      /** Monotonic milliseconds. */
      now(): number;
    },
  ) {}

  /** Before the pod of an attempt is made. */
  async ensure(
    attemptId: string,
    namespace: string,
    sources: PodSources,
  ): Promise<void> {
    const { now, validMs } = this.options;
    const known = this.#of(namespace, sources.name);
    known.sources ??= sources;
    known.starting.add(attemptId);
    if (now() - known.at < validMs) return;
    known.making ??= this.#make(known);
    await known.making;
  }

  /** Its pod has them, or will never need them. */
  started(attemptId: string): void {
    this.#missed.delete(attemptId);
    for (const known of this.#known.values()) {
      if (known.starting.delete(attemptId) && known.starting.size === 0) {
        known.sources = undefined;
      }
    }
  }

  /** They are not there: the next pod makes them anew. */
  gone(namespace: string, name: string): void {
    const known = this.#known.get(`${namespace}/${name}`);
    if (known) known.at = -Infinity;
  }

  /**
   * A pod says that its sources are missing: they are made again.
   *
   * @returns why it cannot be helped: whoever has them did not come for long
   */
  async mend(
    attemptId: string,
    namespace: string,
    name: string,
  ): Promise<string | undefined> {
    const { api, now, patienceMs } = this.options;
    this.gone(namespace, name);
    const known = this.#known.get(`${namespace}/${name}`);
    if (known?.sources) {
      known.making ??= this.#make(known);
      await known.making;
      return undefined;
    }
    const since = this.#missed.get(attemptId) ?? now();
    this.#missed.set(attemptId, since);
    if (now() - since < patienceMs) return undefined;
    // What a pod says may be old.
    const there = await api.listConfigMaps(
      namespace,
      `${LABEL.sources}=${name}`,
    );
    return there.length > 0
      ? undefined
      : `ConfigMap ${namespace}/${name} with its sources was removed by somebody, and who launched it is gone`;
  }

  #of(namespace: string, name: string): Known {
    const key = `${namespace}/${name}`;
    let known = this.#known.get(key);
    if (!known) {
      this.#prune();
      known = { at: -Infinity, starting: new Set() };
      this.#known.set(key, known);
    }
    return known;
  }

  /** Versions come and go. */
  #prune(): void {
    const { now, validMs } = this.options;
    for (const [key, { at, starting, making }] of this.#known) {
      const isUsed = starting.size > 0 || making !== undefined;
      if (!isUsed && now() - at >= validMs) this.#known.delete(key);
    }
  }

  async #make(known: Known): Promise<void> {
    const { api, now } = this.options;
    const at = now();
    try {
      await unlessThere(api.createConfigMap(known.sources!.configMap));
      known.at = at;
    } finally {
      known.making = undefined;
    }
  }
}
