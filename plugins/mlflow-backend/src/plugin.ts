import {
  coreServices,
  createBackendPlugin,
} from '@backstage/backend-plugin-api';
import { mlflowPermissions } from '@maestro/plugin-mlflow-common';
import { readMlflowConfig } from './config';
import { AuthorizedMlflowService } from './service/AuthorizedMlflowService';
import { createRouter } from './service/createRouter';
import { DefaultMlflowService } from './service/DefaultMlflowService';

/**
 * Serves models and experiments of the MLflow server named by
 * `mlflow.baseUrl`. It starts, and says what is missing, when no server is
 * named or the server is away.
 *
 * @public
 */
export const mlflowPlugin = createBackendPlugin({
  pluginId: 'mlflow',
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
        deps.permissionsRegistry.addPermissions(mlflowPermissions);
        const service = new AuthorizedMlflowService(
          DefaultMlflowService.fromConfig(readMlflowConfig(deps.config)),
          deps.permissions,
        );
        deps.httpRouter.use(createRouter({ service, httpAuth: deps.httpAuth }));
      },
    });
  },
});
