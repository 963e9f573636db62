import { PluginBackend } from '@maestro/plugin-peer-common';
import {
  MlflowApi,
  MlflowExperimentList,
  MlflowModelDetail,
  MlflowModelList,
  MlflowRunList,
  MlflowStatus,
} from './types';

/**
 * The MLflow backend of this portal, over HTTP.
 *
 * Every method throws ResponseError with the backend's own message.
 *
 * @public
 */
export class MlflowClient implements MlflowApi {
  readonly #backend: PluginBackend;

  constructor(options: {
    discoveryApi: { getBaseUrl(pluginId: string): Promise<string> };
    fetchApi: { fetch: typeof fetch };
  }) {
    this.#backend = new PluginBackend({ pluginId: 'mlflow', ...options });
  }

  getStatus(): Promise<MlflowStatus> {
    return this.#backend.get('/status');
  }

  listModels(
    options: { filter?: string; pageToken?: string } = {},
  ): Promise<MlflowModelList> {
    return this.#backend.get('/models', options);
  }

  getModel(
    name: string,
    options: { pageToken?: string } = {},
  ): Promise<MlflowModelDetail> {
    return this.#backend.get(`/models/${encodeURIComponent(name)}`, options);
  }

  listExperiments(
    options: { filter?: string; pageToken?: string } = {},
  ): Promise<MlflowExperimentList> {
    return this.#backend.get('/experiments', options);
  }

  listRuns(
    experimentId: string,
    options: { pageToken?: string } = {},
  ): Promise<MlflowRunList> {
    return this.#backend.get(
      `/experiments/${encodeURIComponent(experimentId)}/runs`,
      options,
    );
  }
}
