import type { ClusterError } from '../cluster/ClusterError';
import {
  configMapLeftover,
  type Leftover,
  podLeftover,
  secretLeftover,
  secretOf,
} from './leftovers';
import type { ReleaseApi, Where } from './ReleaseApi';

/** What was found, of all installations. */
export interface Found {
  /** By kind (pods first: what uses the others), namespace and name. */
  leftovers: Leftover[];
  /** Where Secrets could not be listed: those of pods are known by name only. */
  secretsUnlisted: Where[];
}

/**
 * Looks for all that installations of Maestro left in these namespaces.
 *
 * @param namespaces - undefined: all
 * @throws ClusterError when pods or ConfigMaps cannot be listed
 */
export async function findLeftovers(
  api: Pick<ReleaseApi, 'listPods' | 'listSecrets' | 'listConfigMaps'>,
  namespaces: readonly string[] | undefined,
): Promise<Found> {
  const pods: Leftover[] = [];
  const secrets: Leftover[] = [];
  const configMaps: Leftover[] = [];
  const secretsUnlisted: Where[] = [];
  for (const where of namespaces ? [...new Set(namespaces)] : [undefined]) {
    const here = await collect(api.listPods(where), podLeftover);
    pods.push(...here);
    try {
      secrets.push(
        ...(await collect(api.listSecrets(where), ({ metadata }) =>
          secretLeftover(metadata),
        )),
      );
    } catch (error) {
      if ((error as ClusterError).code !== 403) throw error;
      secretsUnlisted.push(where);
      secrets.push(...here.map(secretOf));
    }
    configMaps.push(
      ...(await collect(api.listConfigMaps(where), configMapLeftover)),
    );
  }
  return {
    leftovers: [pods, secrets, configMaps].flatMap(found =>
      found.sort(
        (a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name),
      ),
    ),
    secretsUnlisted,
  };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

async function collect<T>(
  items: AsyncIterable<T>,
  read: (item: T) => Leftover | undefined,
): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for await (const item of items) {
    const leftover = read(item);
    if (leftover) found.push(leftover);
  }
  return found;
}
