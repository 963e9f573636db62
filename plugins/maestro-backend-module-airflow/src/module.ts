import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import {
  installationRoot,
  maestroPipelineSourcesExtensionPoint,
  resolveDataDir,
} from '@maestro/plugin-maestro-node';
import { homeOf, ParseProcess } from './parse/ParseProcess';
import { AirflowSource } from './source/AirflowSource';
import { readAirflowSettings } from './source/settings';

/**
 * Gives the scheduler the DAGs of folders, as pipelines. Nothing of Airflow is
 * started unless there is a folder in the configuration.
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
        sources: maestroPipelineSourcesExtensionPoint,
      },
      async init({ config, sources }) {
        const { sources: folders, intervalMs } = readAirflowSettings(
          config,
          installationRoot(),
        );
        const dataDir = resolveDataDir(config);
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
