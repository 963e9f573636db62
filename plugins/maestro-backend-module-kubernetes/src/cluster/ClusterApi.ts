import type { Writable } from 'node:stream';
import {
  CoreV1Api,
  type KubeConfig,
  Log,
  PatchStrategy,
  setHeaderOptions,
  type CoreV1Event,
  type V1ConfigMap,
  type V1Pod,
  type V1Secret,
} from '@kubernetes/client-node';
import { type ClusterError, clusterError } from './ClusterError';
import { reuseConnections } from './reuseConnections';
import { type WatchListener, watchObjects } from './watchObjects';
import { TASK_CONTAINER } from '@maestro/plugin-maestro-common';

/** Within which the server answers whatever is no stream, milliseconds. */
const ANSWER_MS = 30_000;

const MERGE = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

/** What the executor asks of a cluster. Everything throws ClusterError. */
export class ClusterApi {
  readonly server: string;
  readonly #config: KubeConfig;
  readonly #core: CoreV1Api;

  constructor(config: KubeConfig) {
    this.#config = reuseConnections(config);
    this.#core = config.makeApiClient(CoreV1Api);
    this.server = config.getCurrentCluster()?.server ?? '';
  }

  /** For what is asked of the cluster elsewhere in this package. */
  get config(): KubeConfig {
    return this.#config;
  }

  async createPod(pod: V1Pod): Promise<V1Pod> {
    const namespace = pod.metadata!.namespace!;
    return this.ask(`Pod in namespace ${namespace} cannot be created`, () =>
      this.#core.createNamespacedPod({ namespace, body: pod }),
    );
  }

  /** @returns its `metadata.uid` */
  async createSecret(secret: V1Secret): Promise<string | undefined> {
    const namespace = secret.metadata!.namespace!;
    const made = await this.ask(
      `Secret in namespace ${namespace} cannot be created`,
      () => this.#core.createNamespacedSecret({ namespace, body: secret }),
    );
    return made.metadata?.uid;
  }

  async createConfigMap(configMap: V1ConfigMap): Promise<void> {
    const namespace = configMap.metadata!.namespace!;
    await this.ask(
      `ConfigMap in namespace ${namespace} cannot be created`,
      () =>
        this.#core.createNamespacedConfigMap({ namespace, body: configMap }),
    );
  }

  /** Undefined when it is not there. */
  async readPod(namespace: string, name: string): Promise<V1Pod | undefined> {
    return this.unlessGone(`Pod ${namespace}/${name} cannot be read`, () =>
      this.#core.readNamespacedPod({ namespace, name }),
    );
  }

  /** The state of now, not of some cache. */
  async listPods(
    namespace: string,
    labelSelector: string,
  ): Promise<{ items: V1Pod[]; resourceVersion?: string }> {
    const list = await this.ask(
      `Pods of namespace ${namespace} cannot be listed`,
      () => this.#core.listNamespacedPod({ namespace, labelSelector }),
    );
    return {
      items: list.items,
      resourceVersion: list.metadata?.resourceVersion,
    };
  }

  async listConfigMaps(
    namespace: string,
    labelSelector: string,
  ): Promise<V1ConfigMap[]> {
    const list = await this.ask(
      `ConfigMaps of namespace ${namespace} cannot be listed`,
      () => this.#core.listNamespacedConfigMap({ namespace, labelSelector }),
    );
    return list.items;
  }

  /** Warnings about all pods of a namespace, in no order. */
  async listWarnings(namespace: string): Promise<CoreV1Event[]> {
    const list = await this.ask(
      `Events of namespace ${namespace} cannot be listed`,
      () =>
        this.#core.listNamespacedEvent({
          namespace,
          fieldSelector: 'involvedObject.kind=Pod,type=Warning',
        }),
    );
    return list.items;
  }

  /**
   * Merges into a pod's metadata.
   *
   * @param patch - with `resourceVersion` it is refused (409) when the pod
   * changed since
   */
  async patchPodMetadata(
    namespace: string,
    name: string,
    patch: Record<string, unknown>,
  ): Promise<V1Pod | undefined> {
    return this.unlessGone(`Pod ${namespace}/${name} cannot be changed`, () =>
      this.#core.patchNamespacedPod(
        { namespace, name, body: { metadata: patch } },
        MERGE,
      ),
    );
  }

  async patchSecretMetadata(
    namespace: string,
    name: string,
    patch: Record<string, unknown>,
  ): Promise<void> {
    await this.unlessGone(`Secret ${namespace}/${name} cannot be changed`, () =>
      this.#core.patchNamespacedSecret(
        { namespace, name, body: { metadata: patch } },
        MERGE,
      ),
    );
  }

  /** @param graceSeconds - default that of the pod */
  async deletePod(
    namespace: string,
    name: string,
    graceSeconds?: number,
  ): Promise<void> {
    await this.unlessGone(`Pod ${namespace}/${name} cannot be deleted`, () =>
      this.#core.deleteNamespacedPod({
        namespace,
        name,
        ...(graceSeconds === undefined
          ? {}
          : { gracePeriodSeconds: graceSeconds }),
      }),
    );
  }

  /**
   * @param uid - only this one: a request that was given up may be served long
   * after, when another one has that name
   */
  async deleteSecret(
    namespace: string,
    name: string,
    uid?: string,
  ): Promise<void> {
    try {
      await this.unlessGone(
        `Secret ${namespace}/${name} cannot be deleted`,
        () =>
          this.#core.deleteNamespacedSecret({
            namespace,
            name,
            ...(uid && { body: { preconditions: { uid } } }),
          }),
      );
    } catch (error) {
      // Another one has that name: that one is gone.
      if (!uid || (error as ClusterError).code !== 409) throw error;
    }
  }

  async deleteConfigMap(namespace: string, name: string): Promise<void> {
    await this.unlessGone(
      `ConfigMap ${namespace}/${name} cannot be deleted`,
      () => this.#core.deleteNamespacedConfigMap({ namespace, name }),
    );
  }

  /**
   * Writes the log of the task's container into a stream, until the container
   * has ended or the connection has.
   *
   * @param sinceTime - RFC 3339 with whole seconds
   * @returns ends the stream when it is called
   */
  async followLog(
    pod: { namespace: string; name: string },
    stream: Writable,
    sinceTime?: string,
    container: string = TASK_CONTAINER,
  ): Promise<() => void> {
    // Its errors are not passed on by the pipe, and nobody else listens.
    stream.once('pipe', source => {
      source.on('error', (error: Error) => stream.destroy(error));
      stream.once('close', () => source.destroy());
    });
    const abort = await this.ask(
      `The log of pod ${pod.namespace}/${pod.name} cannot be read`,
      () =>
        new Log(this.#config).log(pod.namespace, pod.name, container, stream, {
          follow: true,
          timestamps: true,
          ...(sinceTime && { sinceTime }),
        }),
      // A late answer would write into the stream beside the next one.
      false,
    );
    return () => abort.abort();
  }

  /** See {@link watchObjects}. */
  async watchPods(
    namespace: string,
    labelSelector: string,
    listener: WatchListener<V1Pod>,
  ): Promise<void> {
    await watchObjects(
      this.#config,
      {
        what: `Pods of namespace ${namespace} cannot be watched`,
        path: `/api/v1/namespaces/${namespace}/pods`,
        labelSelector,
        list: () => this.#core.listNamespacedPod({ namespace, labelSelector }),
      },
      listener,
    );
  }

  /**
   * A request, also one that others in this package make of the config.
   *
   * @param limitMs - after which it has failed, or false for never; the request
   * goes on in vain. A server that is silent must not hold up those who ask
   * others.
   */
  async ask<T>(
    what: string,
    request: () => Promise<T>,
    limitMs: number | false = ANSWER_MS,
  ): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    try {
      if (limitMs === false) return await request();
      return await Promise.race([
        request(),
        new Promise<never>((_, reject) => {
          timer = setTimeout(
            () => reject(new Error(`no answer within ${limitMs / 1000} s`)),
            limitMs,
          );
        }),
      ]);
    } catch (error) {
      throw clusterError(what, error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The same; undefined for what is not there. */
  async unlessGone<T>(
    what: string,
    request: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await this.ask(what, request);
    } catch (error) {
      if ((error as ClusterError).code === 404) return undefined;
      throw error;
    }
  }
}
