import { ResponseError } from '@backstage/errors';
import {
  FeastApi,
  FeastDataSource,
  FeastEntity,
  FeastFeatureService,
  FeastFeatureView,
  FeastList,
  FeastStatus,
} from './types';

/**
 * The Feast backend of this portal, over HTTP.
 *
 * Every method throws ResponseError with the backend's own message.
 *
 * @public
 */
export class FeastClient implements FeastApi {
  readonly #discovery: { getBaseUrl(pluginId: string): Promise<string> };
  readonly #fetch: { fetch: typeof fetch };

  constructor(options: {
    discoveryApi: { getBaseUrl(pluginId: string): Promise<string> };
    fetchApi: { fetch: typeof fetch };
  }) {
    this.#discovery = options.discoveryApi;
    this.#fetch = options.fetchApi;
  }

  getStatus(): Promise<FeastStatus> {
    return this.#get('status');
  }

  listFeatureViews(): Promise<FeastList<FeastFeatureView>> {
    return this.#get('feature-views');
  }

  listFeatureServices(): Promise<FeastList<FeastFeatureService>> {
    return this.#get('feature-services');
  }

  listEntities(): Promise<FeastList<FeastEntity>> {
    return this.#get('entities');
  }

  listDataSources(): Promise<FeastList<FeastDataSource>> {
    return this.#get('data-sources');
  }

  async #get<T>(path: string): Promise<T> {
    const base = await this.#discovery.getBaseUrl('feast');
    const response = await this.#fetch.fetch(`${base}/${path}`);
    if (!response.ok) {
      throw await ResponseError.fromResponse(response);
    }
    return response.json();
  }
}
