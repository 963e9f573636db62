import { resolve } from 'node:path';
import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import type { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';
import {
  maestroExecutorsExtensionPoint,
  resolveDataDir,
} from '@maestro/plugin-maestro-node';
import { createLocalExecutor } from './LocalExecutor';

/**
 * Gives the scheduler the executor `local`: processes on this machine.
 *
 * @public
 */
export const maestroModuleLocalExecutor = createBackendModule({
  pluginId: 'maestro',
  moduleId: 'local-executor',
  register(reg) {
    reg.registerInit({
      deps: {
        config: coreServices.rootConfig,
        executors: maestroExecutorsExtensionPoint,
        logger: coreServices.logger,
      },
      async init({ config, executors, logger }) {
        const local = config.getOptionalConfig('maestro.executors.local');
        if (local?.getOptionalBoolean('enabled') === false) {
          logger.info('The local executor is switched off by configuration');
          return;
        }
        executors.addExecutor(
          createLocalExecutor({
            dataDir: hostDirOf(config, local),
            several: local?.getOptionalBoolean('several'),
            maxParallel: local?.getOptionalNumber('maxParallel'),
            python: local?.getOptionalString('python'),
            passEnvironment: local?.getOptionalStringArray('passEnvironment'),
            minFreeDiskBytes: local?.getOptionalNumber('minFreeDiskBytes'),
            runtimeDir: local?.getOptionalString('runtimeDir'),
            logger,
          }),
        );
      },
    });
  },
});

/**
 * Where the processes of this host are.
 *
 * @throws InputError for several hosts in one folder: each would hold the
 * processes of the other for its own
 */
function hostDirOf(config: Config, local: Config | undefined): string {
  const shared = resolveDataDir(config);
  const own = local?.getOptionalString('dataDir');
  if (local?.getOptionalBoolean('several') && own === undefined) {
    throw new InputError(
      'maestro.executors.local.several needs maestro.executors.local.dataDir: a folder of each host alone, such as /var/lib/maestro',
    );
  }
  return own === undefined ? shared : resolve(shared, own);
}
