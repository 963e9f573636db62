import {
  ApiBlueprint,
  createApiRef,
  discoveryApiRef,
  fetchApiRef,
} from '@backstage/frontend-plugin-api';
import { MlflowApi, MlflowClient } from '@maestro/plugin-mlflow-common';

/**
 * The MLflow backend of this portal.
 *
 * @public
 */
export const mlflowApiRef = createApiRef<MlflowApi>().with({
  id: 'mlflow.client',
  pluginId: 'mlflow',
});

export const mlflowApi = ApiBlueprint.make({
  params: defineParams =>
    defineParams({
      api: mlflowApiRef,
      deps: { discoveryApi: discoveryApiRef, fetchApi: fetchApiRef },
      factory: deps => new MlflowClient(deps),
    }),
});
