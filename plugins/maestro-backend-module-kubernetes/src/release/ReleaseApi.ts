import { existsSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { InputError } from '@backstage/errors';
import {
  CoreV1Api,
  KubeConfig,
  setHeaderOptions,
  type V1ConfigMap,
  type V1ListMeta,
  type V1ObjectMeta,
  type V1Pod,
} from '@kubernetes/client-node';
import { ClusterApi } from '../cluster/ClusterApi';
import { LABEL } from '../pod/names';

/** Objects of one answer: a ConfigMap may have 1 MiB. */
const PAGE = 100;

/** Names and labels only: values of Secrets never leave the cluster. */
const METADATA_ONLY = setHeaderOptions(
  'Accept',
  'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
);

/** Undefined: all namespaces. */
export type Where = string | undefined;

interface Page<T> {
  metadata?: V1ListMeta;
  /** Null for none, when only metadata was asked for. */
  items: T[] | null;
}

/** What a clean-up asks of a cluster. Everything throws ClusterError. */
export class ReleaseApi {
  readonly cluster: ClusterApi;
  readonly context: string;
  /** That the context names. */
  readonly namespace: string | undefined;
  readonly #core: CoreV1Api;

  constructor(config: KubeConfig) {
    this.cluster = new ClusterApi(config);
    this.context = config.getCurrentContext();
    this.namespace = config.getContextObject(this.context)?.namespace;
    this.#core = config.makeApiClient(CoreV1Api);
  }

  listPods(namespace: Where): AsyncGenerator<V1Pod> {
    return this.#all('Pods', namespace, page =>
      namespace === undefined
        ? this.#core.listPodForAllNamespaces(page)
        : this.#core.listNamespacedPod({ namespace, ...page }),
    );
  }

  listSecrets(namespace: Where): AsyncGenerator<{ metadata?: V1ObjectMeta }> {
    return this.#all('Secrets', namespace, page =>
      namespace === undefined
        ? this.#core.listSecretForAllNamespaces(page, METADATA_ONLY)
        : this.#core.listNamespacedSecret(
            { namespace, ...page },
            METADATA_ONLY,
          ),
    );
  }

  listConfigMaps(namespace: Where): AsyncGenerator<V1ConfigMap> {
    return this.#all('ConfigMaps', namespace, page =>
      namespace === undefined
        ? this.#core.listConfigMapForAllNamespaces(page)
        : this.#core.listNamespacedConfigMap({ namespace, ...page }),
    );
  }

  async *#all<T>(
    what: string,
    namespace: Where,
    list: (page: {
      labelSelector: string;
      limit: number;
      _continue?: string;
    }) => Promise<Page<T>>,
  ): AsyncGenerator<T> {
    const place =
      namespace === undefined ? 'all namespaces' : `namespace ${namespace}`;
    const page: Parameters<typeof list>[0] = {
      labelSelector: `${LABEL.managedBy}=maestro,${LABEL.instance}`,
      limit: PAGE,
    };
    do {
      const { items, metadata }: Page<T> = await this.cluster.ask(
        `${what} of ${place} cannot be listed`,
        () => list(page),
      );
      yield* items ?? [];
      page._continue = metadata?._continue;
    } while (page._continue);
  }
}

/**
 * Opens the cluster that a person means, as kubectl finds it: the file, else
 * those of `KUBECONFIG`, else `~/.kube/config`.
 *
 * @throws InputError that says what is missing
 */
export function openCluster(options: {
  kubeconfig?: string;
  context?: string;
  env: NodeJS.ProcessEnv;
  cwd: string;
}): ReleaseApi {
  const { kubeconfig, context, env, cwd } = options;
  const config = new KubeConfig();
  const [first, ...others] = kubeconfigFiles(kubeconfig, env, cwd);
  try {
    config.loadFromFile(first);
    for (const file of others) {
      const other = new KubeConfig();
      other.loadFromFile(file);
      config.mergeConfig(other, true);
    }
  } catch (error) {
    throw new InputError(
      `${[first, ...others].join(', ')} is no kubeconfig: ${
        (error as Error).message
      }`,
    );
  }
  if (context !== undefined) {
    if (!config.getContextObject(context)) {
      throw new InputError(
        `The kubeconfig has no context "${context}", but ${
          config
            .getContexts()
            .map(({ name }) => name)
            .join(', ') || 'none'
        }`,
      );
    }
    config.setCurrentContext(context);
  }
  if (!config.getCurrentCluster()) {
    throw new InputError(
      'The kubeconfig has no current context: name one with --context',
    );
  }
  return new ReleaseApi(config);
}

function kubeconfigFiles(
  named: string | undefined,
  env: NodeJS.ProcessEnv,
  cwd: string,
): string[] {
  const isFile = (file: string) => existsSync(file) && statSync(file).isFile();
  if (named !== undefined) {
    const file = resolve(cwd, named);
    if (isFile(file)) return [file];
    throw new InputError(`There is no kubeconfig ${file}`);
  }
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter(Boolean);
  const files = (
    listed.length > 0 ? listed : [join(env.HOME ?? '/', '.kube/config')]
  ).map(file => resolve(cwd, file));
  // Of several files, some may be missing: so it is with kubectl.
  const there = files.filter(isFile);
  if (there.length > 0) return there;
  throw new InputError(
    `There is no kubeconfig ${files.join(
      ', ',
    )}: name one with --kubeconfig, or set KUBECONFIG`,
  );
}
