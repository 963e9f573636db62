import { join } from 'node:path';
import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import type { Config } from '@backstage/config';
import { catalogServiceRef } from '@backstage/plugin-catalog-node';
import { scaffolderActionsExtensionPoint } from '@backstage/plugin-scaffolder-node';
import { createPipelineAction } from './createPipelineAction';

/**
 * Scaffolder actions that create pipelines.
 *
 * @public
 */
export const scaffolderModuleMaestro = createBackendModule({
  pluginId: 'scaffolder',
  moduleId: 'maestro',
  register(reg) {
    reg.registerInit({
      deps: {
        actions: scaffolderActionsExtensionPoint,
        catalog: catalogServiceRef,
        config: coreServices.rootConfig,
      },
      async init({ actions, catalog, config }) {
        actions.addActions(
          createPipelineAction({ catalog, targetDir: readTargetDir(config) }),
        );
      },
    });
  },
});

function readTargetDir(config: Config): string | undefined {
  const given = config.getOptionalString('maestro.scaffolder.targetDir');
  if (given) return given;
  // Only where the catalog is set up to look there.
  if (!config.getOptionalBoolean('maestro.embedded')) return undefined;
  const dataDir = config.getOptionalString('maestro.dataDir');
  return dataDir && join(dataDir, 'pipelines');
}
