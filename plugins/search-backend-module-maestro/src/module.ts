import {
  coreServices,
  createBackendModule,
  readSchedulerServiceTaskScheduleDefinitionFromConfig,
} from '@backstage/backend-plugin-api';
import { catalogServiceRef } from '@backstage/plugin-catalog-node';
import { searchIndexRegistryExtensionPoint } from '@backstage/plugin-search-backend-node/alpha';
import { PipelineCollatorFactory } from './PipelineCollatorFactory';

/**
 * Pipelines in the search of the portal, as documents of type `pipeline`.
 *
 * @public
 */
export const searchModuleMaestro = createBackendModule({
  pluginId: 'search',
  moduleId: 'maestro-collator',
  register(reg) {
    reg.registerInit({
      deps: {
        auth: coreServices.auth,
        catalog: catalogServiceRef,
        config: coreServices.rootConfig,
        index: searchIndexRegistryExtensionPoint,
        scheduler: coreServices.scheduler,
      },
      async init({ auth, catalog, config, index, scheduler }) {
        const schedule = config.getOptionalConfig(
          'search.collators.pipeline.schedule',
        );
        index.addCollator({
          schedule: scheduler.createScheduledTaskRunner(
            schedule
              ? readSchedulerServiceTaskScheduleDefinitionFromConfig(schedule)
              : {
                  frequency: { minutes: 1 },
                  timeout: { minutes: 5 },
                  // The catalog needs a moment before it has read anything.
                  initialDelay: { seconds: 10 },
                },
          ),
          factory: new PipelineCollatorFactory({ auth, catalog }),
        });
      },
    });
  },
});
