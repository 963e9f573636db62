import {
  CoreV1Api,
  CustomObjectsApi,
  type KubernetesListObject,
  type KubernetesObject,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
} from '@kubernetes/client-node';
import { ExecutorError } from '@maestro/plugin-maestro-node';
import type { ClusterApi } from '../cluster/ClusterApi';
import type { ClusterError } from '../cluster/ClusterError';
import { type WatchListener, watchObjects } from '../cluster/watchObjects';

const MERGE = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

/** An object as the API has it: plain JSON, whatever its kind. */
export interface ClusterObject extends Record<string, unknown> {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    uid?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: Array<Record<string, unknown>>;
    finalizers?: string[];
    creationTimestamp?: string;
    deletionTimestamp?: string;
  };
}

/** A kind as paths name it. */
export interface ResourceKind {
  group: string;
  version: string;
  plural: string;
  /** For people: `batch/v1/Job`. */
  name: string;
}

/** What is asked of a cluster about objects of any kind. Throws ClusterError. */
export class ResourceApi {
  readonly #custom: CustomObjectsApi;
  readonly #core: CoreV1Api;

  constructor(readonly cluster: ClusterApi) {
    this.#custom = cluster.config.makeApiClient(CustomObjectsApi);
    this.#core = cluster.config.makeApiClient(CoreV1Api);
  }

  /** @throws ExecutorError (`config`) for one that the cluster does not know */
  async kindOf(apiVersion: string, kind: string): Promise<ResourceKind> {
    const [group, version] = apiVersion.split('/');
    const name = `${apiVersion}/${kind}`;
    const unknown = () =>
      new ExecutorError(
        'config',
        `The cluster knows no ${name}: install its CustomResourceDefinition, or correct apiVersion and kind`,
      );
    const list = await this.cluster
      .ask(`The kinds of ${apiVersion} cannot be listed`, () =>
        this.#custom.getAPIResources({ group, version }),
      )
      .catch((error: ClusterError) => {
        throw error.code === 404 ? unknown() : error;
      });
    const found = list.resources.find(
      each => each.kind === kind && !each.name.includes('/'),
    );
    if (!found) throw unknown();
    if (!found.namespaced) {
      throw new ExecutorError(
        'config',
        `${name} belongs to the whole cluster, not to a namespace: a pipeline cannot create one`,
      );
    }
    return { group, version, plural: found.name, name };
  }

  async create(kind: ResourceKind, body: ClusterObject): Promise<void> {
    const { namespace } = body.metadata;
    await this.cluster.ask(
      `${kind.name} in namespace ${namespace} cannot be created`,
      () =>
        this.#custom.createNamespacedCustomObject({
          ...path(kind),
          namespace,
          body,
          // A field with a typing error would be dropped without a word.
          fieldValidation: 'Strict',
        }),
    );
  }

  /** Undefined when it is not there. */
  async read(
    kind: ResourceKind,
    namespace: string,
    name: string,
  ): Promise<ClusterObject | undefined> {
    return this.cluster.unlessGone(
      `${kind.name} ${namespace}/${name} cannot be read`,
      () =>
        this.#custom.getNamespacedCustomObject({
          ...path(kind),
          namespace,
          name,
        }) as Promise<ClusterObject>,
    );
  }

  /** None when the kind itself is gone. */
  async list(
    kind: ResourceKind,
    namespace: string,
    labelSelector: string,
  ): Promise<ClusterObject[]> {
    const list = await this.cluster.unlessGone(
      `${kind.name} of namespace ${namespace} cannot be listed`,
      () => this.#list(kind, namespace, labelSelector),
    );
    return list?.items ?? [];
  }

  async patchMetadata(
    kind: ResourceKind,
    { namespace, name }: { namespace: string; name: string },
    metadata: Record<string, unknown>,
  ): Promise<void> {
    await this.cluster.unlessGone(
      `${kind.name} ${namespace}/${name} cannot be changed`,
      () =>
        this.#custom.patchNamespacedCustomObject(
          { ...path(kind), namespace, name, body: { metadata } },
          MERGE,
        ),
    );
  }

  /**
   * @param propagation - `Foreground` keeps it until what it owns, its pods, is
   * gone
   */
  async delete(
    kind: ResourceKind,
    { namespace, name }: { namespace: string; name: string },
    propagation: 'Foreground' | 'Background',
  ): Promise<void> {
    await this.cluster.unlessGone(
      `${kind.name} ${namespace}/${name} cannot be deleted`,
      () =>
        this.#custom.deleteNamespacedCustomObject({
          ...path(kind),
          namespace,
          name,
          propagationPolicy: propagation,
        }),
    );
  }

  async readConfigMap(
    namespace: string,
    name: string,
  ): Promise<V1ConfigMap | undefined> {
    return this.cluster.unlessGone(
      `ConfigMap ${namespace}/${name} cannot be read`,
      () => this.#core.readNamespacedConfigMap({ namespace, name }),
    );
  }

  /** Refused (409) when it changed since the version. */
  async patchConfigMap(
    { namespace, name }: { namespace: string; name: string },
    resourceVersion: string | undefined,
    data: Record<string, string>,
  ): Promise<V1ConfigMap | undefined> {
    return this.cluster.unlessGone(
      `ConfigMap ${namespace}/${name} cannot be changed`,
      () =>
        this.#core.patchNamespacedConfigMap(
          { namespace, name, body: { metadata: { resourceVersion }, data } },
          MERGE,
        ),
    );
  }

  /** See {@link watchObjects}. */
  async watch(
    kind: ResourceKind,
    namespace: string,
    labelSelector: string,
    listener: WatchListener<ClusterObject>,
  ): Promise<void> {
    const { group, version, plural } = kind;
    // Its types know dates where the API of any kind gives texts.
    await watchObjects(
      this.cluster.config,
      {
        what: `${kind.name} of namespace ${namespace} cannot be watched`,
        path: `/apis/${group}/${version}/namespaces/${namespace}/${plural}`,
        labelSelector,
        list: async () =>
          (await this.#list(
            kind,
            namespace,
            labelSelector,
          )) as unknown as KubernetesListObject<KubernetesObject>,
      },
      {
        ...listener,
        changed: object => listener.changed(plain(object)),
        gone: object => listener.gone(plain(object)),
      },
    );
  }

  async #list(kind: ResourceKind, namespace: string, labelSelector: string) {
    return this.#custom.listNamespacedCustomObject({
      ...path(kind),
      namespace,
      labelSelector,
    }) as Promise<{ items: ClusterObject[] }>;
  }
}

function plain(object: KubernetesObject): ClusterObject {
  return object as unknown as ClusterObject;
}

function path({ group, version, plural }: ResourceKind) {
  return { group, version, plural };
}
