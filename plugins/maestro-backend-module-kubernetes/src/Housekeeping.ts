import type { V1Pod } from '@kubernetes/client-node';
import type { ClusterApi } from './cluster/ClusterApi';
import { isEnded } from './observe/observePod';
import { FINALIZER, LABEL } from './pod/names';
import type { PodObjects } from './PodObjects';

/** Looks at the sources while they are kept. */
export const SOURCES_LOOKS = 6;

/** A deleted pod is held back for its outcome at most so long, milliseconds. */
const HOLD_MS = 5 * 60_000;

/**
 * Removes what nobody asks to remove. Times are counted here, from when it was
 * first seen so: what another process saw before does not matter, and neither
 * does anybody's clock.
 */
export class Housekeeping {
  /** Since when a deleted pod is held back by the finalizer, by uid. */
  readonly #held = new Map<string, number>();
  /** Since when no pod uses a ConfigMap, by namespace and name. */
  readonly #unused = new Map<string, number>();
  #looked = -Infinity;

  constructor(
    private readonly options: {
      api: Pick<ClusterApi, 'listConfigMaps' | 'deleteConfigMap'>;
      objects: Pick<PodObjects, 'release'>;
      selector: string;
      /** ConfigMaps of sources that were removed. */
      sourcesGone?(namespace: string, name: string): void;
      /** Sources that no pod has used for so long are removed, milliseconds. */
      keepSourcesMs: number;
      /** Monotonic milliseconds. */
      now(): number;
    },
  ) {}

  /** A pod is about to use them. */
  used(namespace: string, name: string): void {
    this.#unused.delete(`${namespace}/${name}`);
  }

  /** After a listing of all pods, by namespace. */
  async look(pods: ReadonlyMap<string, readonly V1Pod[]>): Promise<void> {
    await this.#releaseHeld([...pods.values()].flat());
    // With each listing: most pods live shorter than the time between two looks.
    for (const [namespace, found] of pods) {
      for (const { metadata } of found) {
        const name = metadata?.labels?.[LABEL.sources];
        if (name !== undefined) this.used(namespace, name);
      }
    }
    const now = this.options.now();
    const lookMs = this.options.keepSourcesMs / SOURCES_LOOKS;
    if (now - this.#looked < lookMs) return;
    this.#looked = now;
    for (const [namespace, found] of pods) {
      await this.#removeSources(namespace, found);
    }
  }

  /** So that nobody's pod hangs for ever because its outcome is not wanted. */
  async #releaseHeld(pods: readonly V1Pod[]): Promise<void> {
    const now = this.options.now();
    const seen = new Set<string>();
    for (const pod of pods) {
      const { uid = '', deletionTimestamp, finalizers } = pod.metadata!;
      if (!deletionTimestamp || !finalizers?.includes(FINALIZER)) continue;
      if (!isEnded(pod)) continue;
      seen.add(uid);
      const since = this.#held.get(uid) ?? now;
      this.#held.set(uid, since);
      if (now - since >= HOLD_MS) await this.options.objects.release(pod);
    }
    for (const uid of this.#held.keys()) {
      if (!seen.has(uid)) this.#held.delete(uid);
    }
  }

  async #removeSources(
    namespace: string,
    pods: readonly V1Pod[],
  ): Promise<void> {
    const { api, selector, keepSourcesMs, now, sourcesGone } = this.options;
    const used = new Set(
      pods.map(pod => pod.metadata?.labels?.[LABEL.sources]),
    );
    for (const { metadata } of await api.listConfigMaps(
      namespace,
      `${selector},${LABEL.sources}`,
    )) {
      const name = metadata!.name!;
      const key = `${namespace}/${name}`;
      if (used.has(name)) {
        this.#unused.delete(key);
        continue;
      }
      const since = this.#unused.get(key);
      if (since === undefined) {
        this.#unused.set(key, now());
      } else if (now() - since >= keepSourcesMs) {
        sourcesGone?.(namespace, name);
        await api.deleteConfigMap(namespace, name);
        this.#unused.delete(key);
      }
    }
  }
}
