import { type Config, ConfigReader } from '@backstage/config';
import type { JsonObject } from '@backstage/types';
import { exportsOf, type TaskExecutor } from '@maestro/plugin-maestro-node';
import type { ClusterApi } from './cluster/ClusterApi';
import type { ReleaseApi } from './release';

interface Logger {
  info(message: string): void;
  warn(message: string): void;
}

/**
 * The executors of a configuration: pods, and resources of other kinds.
 *
 * @throws InputError for what cannot be meant
 */
export async function createExecutors(
  config: Config,
  logger?: Logger,
  cluster?: ClusterApi,
): Promise<[pods: TaskExecutor, resources: TaskExecutor]> {
  // The client of Kubernetes takes 60 MB: only where it is used.
  const { KubernetesExecutor } = exportsOf(
    await import('./KubernetesExecutor'),
  );
  const { ResourceExecutor } = exportsOf(
    await import('./resource/ResourceExecutor'),
  );
  const { readOptions } = exportsOf(await import('./readOptions'));
  const options = { ...readOptions(config, cluster), logger };
  return [new KubernetesExecutor(options), new ResourceExecutor(options)];
}

/**
 * The executor `kubernetes` without Backstage around it: a pod for each
 * attempt.
 *
 * @param options.config - whole configuration; `maestro.executors.kubernetes`
 * and `maestro.dataDir` of it are read
 * @param options.cluster - the cluster, instead of the one that is configured
 * @throws InputError for what cannot be meant
 * @public
 */
export async function createKubernetesExecutor(options: {
  config: JsonObject;
  logger?: Logger;
  cluster?: ReleaseApi['cluster'];
}): Promise<TaskExecutor> {
  const { config, logger, cluster } = options;
  const [pods] = await createExecutors(
    new ConfigReader(config),
    logger,
    cluster,
  );
  return pods;
}
