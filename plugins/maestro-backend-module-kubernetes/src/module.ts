import {
  type RootConfigService,
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { maestroExecutorsExtensionPoint } from '@maestro/plugin-maestro-node';
import { createExecutors } from './createKubernetesExecutor';

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
        for (const executor of await createExecutors(config, logger)) {
          executors.addExecutor(executor);
        }
      },
    });
  },
});

/** Whether pods are a way to run tasks here. */
function isEnabled(root: RootConfigService): boolean {
  const config = root.getOptionalConfig('maestro.executors.kubernetes');
  return config !== undefined && config.getOptionalBoolean('enabled') !== false;
}
