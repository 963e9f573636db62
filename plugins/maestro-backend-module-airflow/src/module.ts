import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import {
  installationRoot,
  maestroExecutorsExtensionPoint,
  maestroPipelineSourcesExtensionPoint,
  resolveDataDir,
} from '@maestro/plugin-maestro-node';
import { configuredExecutor } from './execution/configuredExecutor';
import { homeOf, ParseProcess } from './parse/ParseProcess';
import { AirflowSource } from './source/AirflowSource';
import { readAirflowSettings } from './source/settings';

/**
 * Gives the scheduler the DAGs of folders, as pipelines, and the executor of
 * their tasks. Nothing of Airflow is started unless there is a folder in the
 * configuration.
 *
 * @public
 */
export const maestroModuleAirflow = createBackendModule({
  pluginId: 'maestro',
  moduleId: 'airflow',
  register(reg) {
    reg.registerInit({
      deps: {
        config: coreServices.rootConfig,
        executors: maestroExecutorsExtensionPoint,
        logger: coreServices.logger,
        sources: maestroPipelineSourcesExtensionPoint,
      },
      async init({ config, executors, logger, sources }) {
        const { sources: folders, intervalMs } = readAirflowSettings(
          config,
          installationRoot(),
        );
        const dataDir = resolveDataDir(config);
        if (folders.length === 0) return;
        const executor = configuredExecutor(config, {
          environments: Object.fromEntries(
            folders.map(({ environment }) => [environment.name, environment]),
          ),
          dataDir,
          logger,
        });
        if (executor) executors.addExecutor(executor);
        for (const settings of folders) {
          const { environment } = settings;
          sources.addSource(
            new AirflowSource({
              settings,
              intervalMs,
              // One each: a folder that is slow to read keeps no other waiting.
              process: new ParseProcess({
                python: environment.python,
                environment: environment.name,
                home: homeOf(dataDir, environment.name),
                limits: environment.limits,
                env: environment.env,
              }),
            }),
          );
        }
      },
    });
  },
});
