import { existsSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { KubeConfig } from '@kubernetes/client-node';
import { ClusterApi } from './ClusterApi';

/**
 * Finds the cluster that the configuration means: `cluster` (a name among those
 * of Backstage's Kubernetes plugin), `kubeconfig` (a file) or, without both,
 * the one this process runs in.
 *
 * @param root - whole configuration
 * @throws InputError that says what is missing
 */
export function connect(root: Config): ClusterApi {
  const config = root.getConfig('maestro.executors.kubernetes');
  const cluster = config.getOptionalString('cluster');
  const kubeconfig = config.getOptionalString('kubeconfig');
  const context = config.getOptionalString('context');
  if (cluster !== undefined && kubeconfig !== undefined) {
    throw new InputError(
      'maestro.executors.kubernetes has both `cluster` and `kubeconfig`: leave one out',
    );
  }
  const found = new KubeConfig();
  if (cluster !== undefined) {
    useLocated(found, root, cluster);
  } else if (kubeconfig !== undefined) {
    const file = isAbsolute(kubeconfig) ? kubeconfig : resolve(kubeconfig);
    if (!existsSync(file) || !statSync(file).isFile()) {
      throw new InputError(
        `maestro.executors.kubernetes.kubeconfig: there is no file ${file}`,
      );
    }
    found.loadFromFile(file);
  } else {
    if (!process.env.KUBERNETES_SERVICE_HOST) {
      throw new InputError(
        'maestro.executors.kubernetes names neither `kubeconfig` nor `cluster`, and this process runs in no cluster',
      );
    }
    found.loadFromCluster();
  }
  if (context !== undefined) {
    if (!found.getContextObject(context)) {
      throw new InputError(
        `maestro.executors.kubernetes.context: the kubeconfig has no context "${context}", but ${found
          .getContexts()
          .map(({ name }) => name)
          .join(', ')}`,
      );
    }
    found.setCurrentContext(context);
  }
  if (!found.getCurrentCluster()) {
    throw new InputError(
      'maestro.executors.kubernetes: the kubeconfig has no current context; name one as `context`',
    );
  }
  return new ClusterApi(found);
}

/** A cluster of `kubernetes.clusterLocatorMethods` of type `config`. */
function useLocated(found: KubeConfig, root: Config, name: string): void {
  const clusters = (
    root.getOptionalConfigArray('kubernetes.clusterLocatorMethods') ?? []
  )
    .filter(method => method.getString('type') === 'config')
    .flatMap(method => method.getOptionalConfigArray('clusters') ?? []);
  const located = clusters.find(each => each.getString('name') === name);
  if (!located) {
    throw new InputError(
      `maestro.executors.kubernetes.cluster: kubernetes.clusterLocatorMethods of type config has no cluster "${name}"; it has: ${
        clusters.map(each => each.getString('name')).join(', ') || 'none'
      }`,
    );
  }
  const provider =
    located.getOptionalString('authProvider') ??
    located.getOptionalString('authMetadata.kubernetes.io/auth-provider');
  const token = located.getOptionalString('serviceAccountToken');
  if (provider !== 'serviceAccount') {
    throw new InputError(
      `maestro.executors.kubernetes.cluster: cluster "${name}" signs in by "${provider}"; the scheduler acts without a user, so it needs authProvider serviceAccount`,
    );
  }
  if (!token) {
    // As Backstage does: the account of the pod that it runs in.
    found.loadFromCluster();
    return;
  }
  found.loadFromClusterAndUser(
    {
      name,
      server: located.getString('url'),
      caData: located.getOptionalString('caData'),
      caFile: located.getOptionalString('caFile'),
      skipTLSVerify: located.getOptionalBoolean('skipTLSVerify') ?? false,
    },
    { name: 'maestro', token },
  );
}
