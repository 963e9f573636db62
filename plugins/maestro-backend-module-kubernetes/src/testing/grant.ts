import { randomUUID } from 'node:crypto';
import {
  AuthorizationV1Api,
  CoreV1Api,
  KubeConfig,
  RbacAuthorizationV1Api,
  type V1PolicyRule,
  type V1ResourceAttributes,
} from '@kubernetes/client-node';

/** Somebody whom tests let do only so much. */
export interface LimitedAccount {
  name: string;
  token: string;
  /** The cluster, with the token. */
  config: KubeConfig;
}

/**
 * Makes a service account that may do what it is granted in its namespace, and
 * nothing else.
 *
 * @param granted - rules, of which a Role of its name is made, or the name of a
 *   ClusterRole
 * @param name - default one of its own
 * @returns when the API server, which knows roles from a watch, lets it do that
 */
export async function grant(
  config: KubeConfig,
  namespace: string,
  granted: V1PolicyRule[] | string,
  name: string = `maestro-${randomUUID().slice(0, 8)}`,
): Promise<LimitedAccount> {
  const core = config.makeApiClient(CoreV1Api);
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  const metadata = { name };
  await core.createNamespacedServiceAccount({ namespace, body: { metadata } });
  const isRole = typeof granted !== 'string';
  if (isRole) {
    await rbac.createNamespacedRole({
      namespace,
      body: { metadata, rules: granted },
    });
  }
  await rbac.createNamespacedRoleBinding({
    namespace,
    body: {
      metadata,
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: isRole ? 'Role' : 'ClusterRole',
        name: isRole ? name : granted,
      },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  });
  const [rule] = isRole
    ? granted
    : [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }];
  const user = `system:serviceaccount:${namespace}:${name}`;
  await allowed(config, user, {
    namespace,
    group: rule.apiGroups![0],
    resource: rule.resources![0],
    verb: rule.verbs[0],
  });
  const { status } = await core.createNamespacedServiceAccountToken({
    namespace,
    name,
    body: { spec: { audiences: [], expirationSeconds: 3600 } },
  });
  const token = status!.token!;
  const limited = new KubeConfig();
  limited.loadFromClusterAndUser(config.getCurrentCluster()!, { name, token });
  return { name, token, config: limited };
}

async function allowed(
  config: KubeConfig,
  user: string,
  resourceAttributes: V1ResourceAttributes,
): Promise<void> {
  const api = config.makeApiClient(AuthorizationV1Api);
  for (const deadline = Date.now() + 120_000; ; ) {
    const { status } = await api.createSubjectAccessReview({
      body: { spec: { user, resourceAttributes } },
    });
    if (status?.allowed) return;
    if (Date.now() > deadline) {
      throw new Error(`${user} is never allowed what it was granted`);
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
