import { join, resolve } from 'node:path';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { createLocalExecutor } from '@maestro/plugin-maestro-backend-module-local';
import type { TaskExecutor } from '@maestro/plugin-maestro-node';
import {
  createAirflowExecutor,
  type AirflowTaskEnvironment,
} from './AirflowExecutor';

/**
 * Folder of tasks of Airflow, which is this host's alone where several hosts
 * share a data directory.
 *
 * @param dataDir - absolute
 */
export function airflowDirOf(config: Config, dataDir: string): string {
  const named = config.getOptionalString('maestro.executors.airflow.dataDir');
  return resolve(dataDir, named ?? 'airflow-tasks');
}

/**
 * The executor of tasks of Airflow as the configuration wants it, beside the
 * executor `local`: with a launcher, and a limit of tasks, of its own.
 *
 * @param options - `environments`: by name; `dataDir`: absolute
 * @returns undefined when it is switched off
 * @throws InputError for several hosts in one folder
 */
export function configuredExecutor(
  config: Config,
  options: {
    environments: Record<string, AirflowTaskEnvironment>;
    dataDir: string;
    logger: LoggerService;
  },
): TaskExecutor | undefined {
  const own = config.getOptionalConfig('maestro.executors.airflow');
  if (own?.getOptionalBoolean('enabled') === false) return undefined;
  const several = own?.getOptionalBoolean('several');
  if (several && !own!.has('dataDir')) {
    throw new InputError(
      'maestro.executors.airflow.several needs maestro.executors.airflow.dataDir: a folder of each host alone, such as /var/lib/maestro-airflow',
    );
  }
  const dir = airflowDirOf(config, options.dataDir);
  return createAirflowExecutor({
    processes: createLocalExecutor({
      dataDir: dir,
      several,
      maxParallel: own?.getOptionalNumber('maxParallel'),
      passEnvironment: own?.getOptionalStringArray('passEnvironment'),
      minFreeDiskBytes: own?.getOptionalNumber('minFreeDiskBytes'),
      runtimeDir: own?.getOptionalString('runtimeDir'),
      logger: options.logger,
    }),
    environments: options.environments,
    homeDir: join(dir, 'environments'),
  });
}
