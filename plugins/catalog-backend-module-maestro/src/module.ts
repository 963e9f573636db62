import { createBackendModule } from '@backstage/backend-plugin-api';
import { catalogProcessingExtensionPoint } from '@backstage/plugin-catalog-node';
import { catalogModelExtensionPoint } from '@backstage/plugin-catalog-node/alpha';
import { CatalogModelSources } from '@backstage/catalog-model/alpha';
import { PipelineValidator } from './PipelineValidator';
import { pipelineModel } from './pipelineModel';

/**
 * Teaches the catalog the kind `Pipeline`.
 *
 * @public
 */
export const catalogModuleMaestro = createBackendModule({
  pluginId: 'catalog',
  moduleId: 'maestro',
  register(reg) {
    reg.registerInit({
      deps: {
        model: catalogModelExtensionPoint,
        processing: catalogProcessingExtensionPoint,
      },
      async init({ model, processing }) {
        model.addModelSource(CatalogModelSources.static([pipelineModel]));
        processing.addProcessor(new PipelineValidator());
      },
    });
  },
});
