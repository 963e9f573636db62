import type { V1Pod } from '@kubernetes/client-node';
import type { ClusterApi } from './cluster/ClusterApi';
import type { ClusterError } from './cluster/ClusterError';
import type { Namespaces } from './Namespaces';
import { type EndMark, endMark, isEnded } from './observe/observePod';
import { ANNOTATION, attemptObjectName, FINALIZER } from './pod/names';

/** How often a change is tried anew because the pod changed meanwhile. */
const CONFLICTS = 10;

/** Whether it was forgotten, and only waits for the kubelet to let it go. */
export function isReleased(pod: V1Pod): boolean {
  const { deletionTimestamp, finalizers } = pod.metadata!;
  return (
    deletionTimestamp !== undefined &&
    !finalizers?.includes(FINALIZER) &&
    isEnded(pod)
  );
}

interface UselessSecret {
  namespace: string;
  name: string;
  /** Undefined where it is not known who made it: then whatever has that name. */
  uid?: string;
  /** Under way. */
  removal?: Promise<void>;
}

/** What is done to the objects of an attempt, found by their name alone. */
export class PodObjects {
  /** Attempts whose Secret is certain to go with its pod. */
  readonly #owned = new Set<string>();
  /** Secrets that no pod needs and that are not removed yet. */
  readonly #useless = new Map<string, UselessSecret>();

  constructor(
    private readonly api: ClusterApi,
    private readonly namespaces: Pick<Namespaces, 'all'>,
  ) {}

  /** The pod as it is now. */
  async find(attemptId: string): Promise<V1Pod | undefined> {
    for (const namespace of this.namespaces.all) {
      const pod = await this.api.readPod(
        namespace,
        attemptObjectName(attemptId),
      );
      if (pod) return pod;
    }
    return undefined;
  }

  /** Lets the Secret go with its pod. */
  async own(attemptId: string, pod: V1Pod): Promise<void> {
    const { namespace, name, uid } = pod.metadata!;
    await this.api.patchSecretMetadata(namespace!, name!, {
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid }],
    });
    this.#owned.add(attemptId);
  }

  /**
   * Removes the Secret of a pod that is not made: now, or with
   * `removeSecretsAgain` where that fails.
   *
   * @param uid - of that Secret, if it is known
   */
  async removeSecret(
    attemptId: string,
    namespace: string,
    uid?: string,
  ): Promise<void> {
    await this.#removeSecrets([this.#nobodyNeeds(attemptId, namespace, uid)]);
  }

  /**
   * Before the Secret of a pod is made: one that was left over has another
   * environment, and the new one must not be removed in its place.
   */
  async needSecret(attemptId: string, namespace: string): Promise<void> {
    await this.#removeSecrets([keyOf(attemptId, namespace)]);
  }

  /** Does what could not be done before. */
  async removeSecretsAgain(): Promise<void> {
    const keys = [...this.#useless.keys()];
    // Nothing may be done any more in one that was closed.
    const open = new Set(this.namespaces.all);
    for (const [key, { namespace }] of this.#useless) {
      if (!open.has(namespace)) this.#useless.delete(key);
    }
    await this.#removeSecrets(keys);
  }

  /**
   * Ends a pod and writes down why, in this order: whoever sees it end knows
   * the reason. Of several reasons the first one counts, of several graces the
   * shortest. Without effect on what has ended or is not there.
   */
  async end(attemptId: string, mark: EndMark, graceMs: number): Promise<void> {
    for (let tries = 1; ; tries++) {
      const pod = await this.find(attemptId);
      if (!pod || isEnded(pod)) return;
      const { namespace, name, resourceVersion } = pod.metadata!;
      try {
        if (!endMark(pod)) {
          await this.api.patchPodMetadata(namespace!, name!, {
            // Refused when it ended meanwhile: then this is not the reason.
            resourceVersion,
            annotations: { [ANNOTATION.end]: JSON.stringify(mark) },
          });
        }
        await this.api.deletePod(
          namespace!,
          name!,
          // 0 would take the pod from the kubelet before it is dead.
          Math.max(1, Math.ceil(graceMs / 1000)),
        );
        return;
      } catch (error) {
        const isConflict = (error as ClusterError).code === 409;
        if (!isConflict || tries >= CONFLICTS) throw error;
      }
    }
  }

  /**
   * Removes all that is left of an attempt. What was made before a crash is
   * found by its name too: a Secret without a pod.
   *
   * @param seen - its pod as it ended, which saves asking for it
   * @returns whether it had a pod: one that was not there may still come
   * @throws Error while the pod runs
   */
  async remove(attemptId: string, seen?: V1Pod): Promise<boolean> {
    const pod = seen ?? (await this.find(attemptId));
    const objectName = attemptObjectName(attemptId);
    if (pod && !isEnded(pod)) {
      throw new Error(
        `Attempt ${attemptId} runs as pod ${
          pod.metadata!.namespace
        }/${objectName}: cancel it before it is forgotten`,
      );
    }
    // Its pod takes it along only if it owns it, which a crash prevents.
    if (!pod || !this.#owned.has(attemptId)) {
      await this.#removeSecrets(
        this.namespaces.all.map(namespace =>
          this.#nobodyNeeds(attemptId, namespace),
        ),
      );
    }
    this.#owned.delete(attemptId);
    if (!pod) return false;
    await this.release(pod);
    await this.api.deletePod(pod.metadata!.namespace!, objectName);
    return true;
  }

  /** Takes Maestro's finalizer off. */
  async release(pod: V1Pod): Promise<void> {
    const { namespace, name, finalizers } = pod.metadata!;
    if (!finalizers?.includes(FINALIZER)) return;
    for (let tries = 1, current: V1Pod | undefined = pod; current; tries++) {
      const left = current.metadata!.finalizers?.filter(
        finalizer => finalizer !== FINALIZER,
      );
      try {
        await this.api.patchPodMetadata(namespace!, name!, {
          resourceVersion: current.metadata!.resourceVersion,
          finalizers: left?.length ? left : null,
        });
        return;
      } catch (error) {
        const isConflict = (error as ClusterError).code === 409;
        if (!isConflict || tries >= CONFLICTS) throw error;
        current = await this.api.readPod(namespace!, name!);
      }
    }
  }

  /** @returns what `removeSecrets` takes */
  #nobodyNeeds(attemptId: string, namespace: string, uid?: string): string {
    const key = keyOf(attemptId, namespace);
    const known = this.#useless.get(key);
    // Whatever is there is more than a certain one.
    if (!known || (uid === undefined && known.uid !== undefined)) {
      const name = attemptObjectName(attemptId);
      this.#useless.set(key, { namespace, name, uid });
    }
    return key;
  }

  /** All that can be removed; then the first error. */
  async #removeSecrets(keys: readonly string[]): Promise<void> {
    const results = await Promise.allSettled(
      keys.map(async key => {
        const useless = this.#useless.get(key);
        if (!useless) return;
        const { namespace, name, uid } = useless;
        useless.removal ??= this.api
          .deleteSecret(namespace, name, uid)
          .finally(() => (useless.removal = undefined));
        await useless.removal;
        this.#useless.delete(key);
      }),
    );
    for (const result of results) {
      if (result.status === 'rejected') throw result.reason;
    }
  }
}

function keyOf(attemptId: string, namespace: string): string {
  return `${namespace}/${attemptObjectName(attemptId)}`;
}
