import { ConfigReader } from '@backstage/config';
import type { JsonObject } from '@backstage/types';
import type { TaskExecutor } from '@maestro/plugin-maestro-node';

/**
 * The executor `kubernetes` without Backstage around it: a pod for each
 * attempt.
 *
 * @param options.config - whole configuration; `maestro.executors.kubernetes`
 * and `maestro.dataDir` of it are read
 * @throws InputError for what cannot be meant
 * @public
 */
export async function createKubernetesExecutor(options: {
  config: JsonObject;
  logger?: { info(message: string): void; warn(message: string): void };
}): Promise<TaskExecutor> {
  // The client of Kubernetes takes 60 MB: only where it is used.
  const { KubernetesExecutor } = await import('./KubernetesExecutor');
  const { readOptions } = await import('./readOptions');
  return new KubernetesExecutor({
    ...readOptions(new ConfigReader(options.config)),
    logger: options.logger,
  });
}
