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
import { SourcedPipelineProvider } from './SourcedPipelineProvider';

/** How often folders of this machine are looked at. */
const LOOK_EVERY_MS = 2_000;
/** How often the scheduler is asked what it has from sources. */
const ASK_EVERY_MS = 5_000;

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
        auth: coreServices.auth,
        config: coreServices.rootConfig,
        discovery: coreServices.discovery,
        lifecycle: coreServices.rootLifecycle,
        logger: coreServices.logger,
        model: catalogModelExtensionPoint,
        processing: catalogProcessingExtensionPoint,
      },
      async init({
        auth,
        config,
        discovery,
        lifecycle,
        logger,
        model,
        processing,
      }) {
        model.addModelSource(CatalogModelSources.static([pipelineModel]));
        processing.addProcessor(new PipelineValidator());
        if (hasClusters(config)) processing.addProcessor(new KubernetesTab());

        const repeat = (look: () => Promise<void>, everyMs: number) => {
          let timer: NodeJS.Timeout | undefined;
          let isOver = false;
          const turn = async () => {
            await look().catch(error =>
              logger.warn(`Pipelines of this machine wait: ${error}`),
            );
            if (!isOver) timer = setTimeout(turn, everyMs);
          };
          lifecycle.addStartupHook(turn);
          lifecycle.addShutdownHook(() => {
            isOver = true;
            clearTimeout(timer);
          });
        };

        // Whether there are sources only the scheduler knows: some are found.
        const sourced = SourcedPipelineProvider.fromApi({
          auth,
          discovery,
          logger,
        });
        processing.addEntityProvider(sourced);
        repeat(() => sourced.refresh(), ASK_EVERY_MS);

        const folders =
          config.getOptionalStringArray('maestro.catalog.folders') ?? [];
        if (folders.length === 0) return;
        const provider = new PipelineFolderProvider({ folders, logger });
        processing.addEntityProvider(provider);
        repeat(() => provider.refresh(), LOOK_EVERY_MS);
      },
    });
  },
});
