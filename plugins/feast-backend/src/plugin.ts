import {
  coreServices,
  createBackendPlugin,
} from '@backstage/backend-plugin-api';
import { feastPermissions } from '@maestro/plugin-feast-common';
import { readFeastConfig } from './config';
import { AuthorizedFeastService } from './service/AuthorizedFeastService';
import { createRouter } from './service/createRouter';
import { DefaultFeastService } from './service/DefaultFeastService';

/**
 * Serves what the Feast registry named by `feast.registryUrl` describes. It
 * starts, and says what is missing, when no server is named or one is away.
 *
 * @public
 */
export const feastPlugin = createBackendPlugin({
  pluginId: 'feast',
  register(env) {
    env.registerInit({
      deps: {
        config: coreServices.rootConfig,
        httpAuth: coreServices.httpAuth,
        httpRouter: coreServices.httpRouter,
        permissions: coreServices.permissions,
        permissionsRegistry: coreServices.permissionsRegistry,
      },
      async init(deps) {
        deps.permissionsRegistry.addPermissions(feastPermissions);
        const service = new AuthorizedFeastService(
          DefaultFeastService.fromConfig(readFeastConfig(deps.config)),
          deps.permissions,
        );
        deps.httpRouter.use(createRouter({ service, httpAuth: deps.httpAuth }));
      },
    });
  },
});
