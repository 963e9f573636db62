import { ResponseError } from '@backstage/errors';
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
  readonly #discovery: { getBaseUrl(pluginId: string): Promise<string> };
  readonly #fetch: { fetch: typeof fetch };

  constructor(options: {
    discoveryApi: { getBaseUrl(pluginId: string): Promise<string> };
    fetchApi: { fetch: typeof fetch };
  }) {
    this.#discovery = options.discoveryApi;
    this.#fetch = options.fetchApi;
  }

  getStatus(): Promise<MlflowStatus> {
    return this.#get('/status');
  }

  listModels(
    options: { filter?: string; pageToken?: string } = {},
  ): Promise<MlflowModelList> {
    return this.#get('/models', options);
  }

  getModel(
    name: string,
    options: { pageToken?: string } = {},
  ): Promise<MlflowModelDetail> {
    return this.#get(`/models/${encodeURIComponent(name)}`, options);
  }

  listExperiments(
    options: { filter?: string; pageToken?: string } = {},
  ): Promise<MlflowExperimentList> {
    return this.#get('/experiments', options);
  }

  listRuns(
    experimentId: string,
    options: { pageToken?: string } = {},
  ): Promise<MlflowRunList> {
    return this.#get(
      `/experiments/${encodeURIComponent(experimentId)}/runs`,
      options,
    );
  }

  async #get<T>(
    path: string,
    query: Record<string, string | undefined> = {},
  ): Promise<T> {
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) {
      if (value) {
        search.set(key, value);
      }
    }
    const base = await this.#discovery.getBaseUrl('mlflow');
    const suffix = search.size > 0 ? `?${search}` : '';
    const response = await this.#fetch.fetch(`${base}${path}${suffix}`);
    if (!response.ok) {
      throw await ResponseError.fromResponse(response);
    }
    return response.json();
  }
}
