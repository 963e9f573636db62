import { join } from 'node:path';
import type { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { readDurationFromConfig } from '@backstage/config';
import { durationToMilliseconds } from '@backstage/types';
import { resolveDataDir } from '@maestro/plugin-maestro-node';
import type { ClusterApi } from './cluster/ClusterApi';
import { connect } from './cluster/connect';
import type { KubernetesExecutorOptions } from './KubernetesExecutor';

/**
 * @param cluster - instead of the one that is configured
 * @throws InputError for what cannot be meant
 */
export function readOptions(
  root: Config,
  cluster?: ClusterApi,
): KubernetesExecutorOptions {
  const config = root.getConfig('maestro.executors.kubernetes');
  const instance = config.getOptionalString('instance') ?? 'maestro';
  if (!/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/.test(instance)) {
    throw new InputError(
      `maestro.executors.kubernetes.instance must fit a label: letters, digits, "_", "." and "-", at most 63, not ${JSON.stringify(
        instance,
      )}`,
    );
  }
  const runAsUser = config.getOptionalNumber('runAsUser') ?? 1000;
  if (!Number.isInteger(runAsUser) || runAsUser < 0) {
    throw new InputError(
      `maestro.executors.kubernetes.runAsUser must be the number of a user, not ${runAsUser}`,
    );
  }
  return {
    api: cluster ?? connect(root),
    instance,
    namespaces: {
      default: config.getOptionalString('namespace'),
      pipelines: texts(config, 'namespaces.pipelines'),
      owners: texts(config, 'namespaces.owners'),
    },
    defaults: {
      image: config.getOptionalString('image'),
      runAsUser,
      serviceAccount: config.getOptionalString('serviceAccount'),
      imagePullSecrets: config.getOptionalStringArray('imagePullSecrets') ?? [],
    },
    maxParallel: config.getOptionalNumber('maxParallel') ?? 100,
    startTimeoutMs: config.has('startTimeout')
      ? durationToMilliseconds(
          readDurationFromConfig(config, { key: 'startTimeout' }),
        )
      : 60 * 60_000,
    pullTimeoutMs: config.has('pullTimeout')
      ? durationToMilliseconds(
          readDurationFromConfig(config, { key: 'pullTimeout' }),
        )
      : 2 * 60_000,
    keepSourcesMs: config.has('keepSources')
      ? durationToMilliseconds(
          readDurationFromConfig(config, { key: 'keepSources' }),
        )
      : 60 * 60_000,
    spoolDir: join(resolveDataDir(root), 'pod-logs'),
  };
}

function texts(config: Config, key: string): Record<string, string> {
  const section = config.getOptionalConfig(key);
  if (!section) return {};
  return Object.fromEntries(
    // Not by path: names of owners have dots and slashes.
    Object.entries(section.get<Record<string, unknown>>()).map(
      ([name, value]) => {
        if (typeof value !== 'string') {
          throw new InputError(
            `maestro.executors.kubernetes.${key}: "${name}" must name a namespace`,
          );
        }
        return [name, value];
      },
    ),
  );
}
