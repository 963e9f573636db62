import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
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
            dataDir: resolveDataDir(config),
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
