import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { catalogServiceRef } from '@backstage/plugin-catalog-node';
import {
  installationRoot,
  maestroExecutorsExtensionPoint,
  maestroPipelineSourcesExtensionPoint,
  resolveDataDir,
} from '@maestro/plugin-maestro-node';
import { CatalogDagFolders } from './catalog/CatalogDagFolders';
import {
  airflowDirOf,
  configuredExecutor,
} from './execution/configuredExecutor';
import { homeOf, ParseProcess } from './parse/ParseProcess';
import { AirflowSource } from './source/AirflowSource';
import { localDagFiles } from './source/DagFiles';
import {
  type AirflowEnvironment,
  readAirflowSettings,
  podsInPython,
} from './source/settings';

/**
 * Gives the scheduler the DAGs of folders, as pipelines, and the executor of
 * their tasks: folders of the configuration, and those of entities of the
 * catalog. Nothing of Airflow is started unless there is one.
 *
 * @public
 */
export const maestroModuleAirflow = createBackendModule({
  pluginId: 'maestro',
  moduleId: 'airflow',
  register(reg) {
    reg.registerInit({
      deps: {
        auth: coreServices.auth,
        catalog: catalogServiceRef,
        config: coreServices.rootConfig,
        executors: maestroExecutorsExtensionPoint,
        logger: coreServices.logger,
        sources: maestroPipelineSourcesExtensionPoint,
        urlReader: coreServices.urlReader,
      },
      async init({
        auth,
        catalog,
        config,
        executors,
        logger,
        sources,
        urlReader,
      }) {
        const settings = readAirflowSettings(config, installationRoot());
        const { environments, intervalMs } = settings;
        const dataDir = resolveDataDir(config);
        const startProcess = (environment: AirflowEnvironment) =>
          new ParseProcess({
            python: environment.python,
            environment: environment.name,
            home: homeOf(dataDir, environment.name),
            limits: environment.limits,
            env: environment.env,
          });
        // Also where nobody may have DAG files: whoever tries is told.
        sources.addFinder(
          new CatalogDagFolders({
            auth,
            catalog,
            urlReader,
            settings: settings.catalog,
            podsInPython: podsInPython(config),
            environments,
            folderIntervalMs: intervalMs,
            dir: airflowDirOf(config, dataDir),
            startProcess,
          }),
        );
        if (environments.size === 0) return;
        const executor = configuredExecutor(config, {
          environments: Object.fromEntries(environments),
          dataDir,
          logger,
        });
        if (executor) executors.addExecutor(executor);
        for (const {
          name,
          folder,
          environment,
          ...owning
        } of settings.sources) {
          sources.addSource(
            new AirflowSource({
              ...owning,
              name,
              place: `airflow:${name}/`,
              files: localDagFiles(folder),
              environment: environment.name,
              intervalMs,
              // One each: a folder that is slow to read keeps no other waiting.
              process: startProcess(environment),
              ownsProcess: true,
            }),
          );
        }
      },
    });
  },
});
