import type { ClusterApi } from '../cluster/ClusterApi';
import type { ClusterError } from '../cluster/ClusterError';
import { PodObjects } from '../PodObjects';
import type { Leftover } from './leftovers';

/** Removals at the same time: a server has others to answer. */
const AT_ONCE = 8;

/** What could not be taken away, and why. */
export interface Failure {
  leftover: Leftover;
  error: ClusterError;
}

/**
 * Takes away what was found: Maestro's finalizer first, then the object. What
 * is gone meanwhile is no failure, and neither keeps the others from going.
 */
export async function removeLeftovers(
  cluster: ClusterApi,
  leftovers: readonly Leftover[],
): Promise<Failure[]> {
  const objects = new PodObjects(cluster, { all: [] });
  const failures: Failure[] = [];
  const left = [...leftovers];
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      try {
        await remove(cluster, objects, next);
      } catch (error) {
        if ((error as Error).name !== 'ClusterError') throw error;
        failures.push({ leftover: next, error: error as ClusterError });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures;
}

async function remove(
  cluster: ClusterApi,
  objects: PodObjects,
  leftover: Leftover,
): Promise<void> {
  const { kind, namespace, name, finalizers, resourceVersion } = leftover;
  switch (kind) {
    case 'Pod':
      await objects.release({
        metadata: { namespace, name, finalizers, resourceVersion },
      });
      return cluster.deletePod(namespace, name);
    case 'Secret':
      return cluster.deleteSecret(namespace, name);
    default:
      return cluster.deleteConfigMap(namespace, name);
  }
}
