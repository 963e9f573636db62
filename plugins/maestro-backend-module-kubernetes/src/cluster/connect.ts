import { existsSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { KubeConfig } from '@kubernetes/client-node';
import { ClusterApi } from './ClusterApi';

const HERE = 'maestro.executors.kubernetes';

/**
 * Finds the cluster that the configuration means: `cluster` (a name among those
 * of Backstage's Kubernetes plugin), `kubeconfig` (a file) or, without both,
 * the one this process runs in.
 *
 * @param root - whole configuration
 * @param pathPrefix - in front of the files that a pod has of its service
 * account, for tests
 * @throws InputError that says what is missing
 */
export function connect(root: Config, pathPrefix = ''): ClusterApi {
  const config = root.getConfig(HERE);
  const cluster = config.getOptionalString('cluster');
  const kubeconfig = config.getOptionalString('kubeconfig');
  const context = config.getOptionalString('context');
  if (cluster !== undefined && kubeconfig !== undefined) {
    throw new InputError(
      `${HERE} has both \`cluster\` and \`kubeconfig\`: leave one out`,
    );
  }
  const found = new KubeConfig();
  if (cluster !== undefined) {
    useLocated(found, root, cluster, pathPrefix);
  } else if (kubeconfig !== undefined) {
    const file = isAbsolute(kubeconfig) ? kubeconfig : resolve(kubeconfig);
    if (!existsSync(file) || !statSync(file).isFile()) {
      throw new InputError(`${HERE}.kubeconfig: there is no file ${file}`);
    }
    try {
      found.loadFromFile(file);
    } catch (error) {
      throw new InputError(
        `${HERE}.kubeconfig: ${file} is no kubeconfig: ${
          (error as Error).message
        }`,
      );
    }
  } else {
    useOwnCluster(
      found,
      `${HERE} names neither \`kubeconfig\` nor \`cluster\``,
      pathPrefix,
    );
  }
  if (context !== undefined) {
    if (!found.getContextObject(context)) {
      throw new InputError(
        `${HERE}.context: the kubeconfig has no context "${context}", but ${found
          .getContexts()
          .map(({ name }) => name)
          .join(', ')}`,
      );
    }
    found.setCurrentContext(context);
  }
  if (!found.getCurrentCluster()) {
    throw new InputError(
      `${HERE}: the kubeconfig has no current context; name one as \`context\``,
    );
  }
  return new ClusterApi(found);
}

/** The one that this process runs in, as whoever its pod is. */
function useOwnCluster(
  found: KubeConfig,
  why: string,
  pathPrefix: string,
): void {
  for (const name of ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT']) {
    if (process.env[name]) continue;
    throw new InputError(
      `${why}, and this process runs in no cluster (${name} is not set)`,
    );
  }
  found.loadFromCluster(pathPrefix);
  const files = [
    found.getCurrentCluster()?.caFile,
    found.getCurrentUser()?.authProvider?.config.tokenFile,
  ];
  for (const file of files) {
    if (existsSync(file)) continue;
    throw new InputError(
      `${why}, and there is no ${file}: give the pod of this process a service account and automountServiceAccountToken`,
    );
  }
}

/** A cluster of `kubernetes.clusterLocatorMethods` of type `config`. */
function useLocated(
  found: KubeConfig,
  root: Config,
  name: string,
  pathPrefix: string,
): void {
  const clusters = (
    root.getOptionalConfigArray('kubernetes.clusterLocatorMethods') ?? []
  )
    .filter(method => method.getString('type') === 'config')
    .flatMap(method => method.getOptionalConfigArray('clusters') ?? []);
  const located = clusters.find(each => each.getString('name') === name);
  if (!located) {
    throw new InputError(
      `${HERE}.cluster: kubernetes.clusterLocatorMethods of type config has no cluster "${name}"; it has: ${
        clusters.map(each => each.getString('name')).join(', ') || 'none'
      }`,
    );
  }
  // Not by path: names of annotations have dots and slashes.
  const annotations =
    located.getOptional<Record<string, unknown>>('authMetadata') ?? {};
  const provider =
    located.getOptionalString('authProvider') ??
    annotations['kubernetes.io/auth-provider'];
  const token = located.getOptionalString('serviceAccountToken');
  if (provider !== 'serviceAccount') {
    throw new InputError(
      `${HERE}.cluster: cluster "${name}" signs in by "${provider}"; the scheduler acts without a user, so it needs authProvider serviceAccount`,
    );
  }
  if (!token) {
    // As Backstage does: the account of the pod that it runs in.
    useOwnCluster(
      found,
      `${HERE}.cluster: cluster "${name}" has no serviceAccountToken`,
      pathPrefix,
    );
    return;
  }
  const server = located.getString('url');
  if (!/^https?:$/.test(URL.parse(server)?.protocol ?? '')) {
    throw new InputError(
      `${HERE}.cluster: the url of cluster "${name}" is ${JSON.stringify(
        server,
      )}, expected https://host:port`,
    );
  }
  const caFile = located.getOptionalString('caFile');
  if (caFile !== undefined && !existsSync(caFile)) {
    throw new InputError(
      `${HERE}.cluster: cluster "${name}" names caFile ${caFile}, which is not there`,
    );
  }
  found.loadFromClusterAndUser(
    {
      name,
      server,
      caData: located.getOptionalString('caData'),
      caFile,
      skipTLSVerify: located.getOptionalBoolean('skipTLSVerify') ?? false,
    },
    { name: 'maestro', token },
  );
}
