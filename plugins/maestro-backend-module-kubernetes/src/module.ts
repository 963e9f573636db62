import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { maestroExecutorsExtensionPoint } from '@maestro/plugin-maestro-node';
import { KubernetesExecutor } from './KubernetesExecutor';
import { isEnabled, readOptions } from './readOptions';

/**
 * Gives the scheduler the executor `kubernetes`: a pod for each attempt. Only
 * with `maestro.executors.kubernetes` in the configuration.
 *
 * @public
 */
export const maestroModuleKubernetesExecutor = createBackendModule({
  pluginId: 'maestro',
  moduleId: 'kubernetes-executor',
  register(reg) {
    reg.registerInit({
      deps: {
        config: coreServices.rootConfig,
        executors: maestroExecutorsExtensionPoint,
        logger: coreServices.logger,
      },
      async init({ config, executors, logger }) {
        if (!isEnabled(config)) return;
        executors.addExecutor(
          new KubernetesExecutor({ ...readOptions(config), logger }),
        );
      },
    });
  },
});
