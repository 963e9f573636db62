import { PluginBackend } from '@maestro/plugin-peer-common';
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
  readonly #backend: PluginBackend;

  constructor(options: {
    discoveryApi: { getBaseUrl(pluginId: string): Promise<string> };
    fetchApi: { fetch: typeof fetch };
  }) {
    this.#backend = new PluginBackend({ pluginId: 'feast', ...options });
  }

  getStatus(): Promise<FeastStatus> {
    return this.#backend.get('/status');
  }

  listFeatureViews(): Promise<FeastList<FeastFeatureView>> {
    return this.#backend.get('/feature-views');
  }

  listFeatureServices(): Promise<FeastList<FeastFeatureService>> {
    return this.#backend.get('/feature-services');
  }

  listEntities(): Promise<FeastList<FeastEntity>> {
    return this.#backend.get('/entities');
  }

  listDataSources(): Promise<FeastList<FeastDataSource>> {
    return this.#backend.get('/data-sources');
  }
}
