import {
  type RootConfigService,
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { maestroExecutorsExtensionPoint } from '@maestro/plugin-maestro-node';

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
        // The client of Kubernetes takes 60 MB: only where it is used.
        const { KubernetesExecutor } = exportsOf(
          await import('./KubernetesExecutor'),
        );
        const { readOptions } = exportsOf(await import('./readOptions'));
        const { ResourceExecutor } = exportsOf(
          await import('./resource/ResourceExecutor'),
        );
        const options = { ...readOptions(config), logger };
        executors.addExecutor(new KubernetesExecutor(options));
        executors.addExecutor(new ResourceExecutor(options));
      },
    });
  },
});

/**
 * What a module exports, however it was loaded: Node's own `import()` keeps the
 * exports of a CommonJS module, which the backend is compiled to, in `default`.
 */
export function exportsOf<T extends object>(loaded: T): T {
  return 'default' in loaded ? (loaded.default as T) : loaded;
}

/** Whether pods are a way to run tasks here. */
function isEnabled(root: RootConfigService): boolean {
  const config = root.getOptionalConfig('maestro.executors.kubernetes');
  return config !== undefined && config.getOptionalBoolean('enabled') !== false;
}
