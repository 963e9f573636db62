import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { catalogProcessingExtensionPoint } from '@backstage/plugin-catalog-node';
import { catalogModelExtensionPoint } from '@backstage/plugin-catalog-node/alpha';
import { CatalogModelSources } from '@backstage/catalog-model/alpha';
import { KubernetesTab, hasClusters } from './KubernetesTab';
import { PipelineFolderProvider } from './PipelineFolderProvider';
import { PipelineValidator } from './PipelineValidator';
import { pipelineModel } from './pipelineModel';

/** How often folders of this machine are looked at. */
const LOOK_EVERY_MS = 2_000;

/**
 * Teaches the catalog the kind `Pipeline`, and where this machine keeps some.
 *
 * @public
 */
export const catalogModuleMaestro = createBackendModule({
  pluginId: 'catalog',
  moduleId: 'maestro',
  register(reg) {
    reg.registerInit({
      deps: {
        config: coreServices.rootConfig,
        lifecycle: coreServices.rootLifecycle,
        logger: coreServices.logger,
        model: catalogModelExtensionPoint,
        processing: catalogProcessingExtensionPoint,
      },
      async init({ config, lifecycle, logger, model, processing }) {
        model.addModelSource(CatalogModelSources.static([pipelineModel]));
        processing.addProcessor(new PipelineValidator());
        if (hasClusters(config)) processing.addProcessor(new KubernetesTab());

        const folders =
          config.getOptionalStringArray('maestro.catalog.folders') ?? [];
        if (folders.length === 0) return;
        const provider = new PipelineFolderProvider({ folders, logger });
        processing.addEntityProvider(provider);
        let timer: NodeJS.Timeout | undefined;
        const look = async () => {
          await provider
            .refresh()
            .catch(error =>
              logger.warn(`Pipelines of this machine wait: ${error}`),
            );
          timer = setTimeout(look, LOOK_EVERY_MS);
        };
        lifecycle.addStartupHook(look);
        lifecycle.addShutdownHook(() => clearTimeout(timer));
      },
    });
  },
});
