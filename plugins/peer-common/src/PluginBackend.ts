import { ResponseError } from '@backstage/errors';

/**
 * How to reach a plugin's backend.
 *
 * @public
 */
export interface PluginBackendOptions {
  pluginId: string;
  discoveryApi: { getBaseUrl(pluginId: string): Promise<string> };
  fetchApi: { fetch: typeof fetch };
}

/**
 * The backend of a plugin of this portal, over HTTP.
 *
 * @public
 */
export class PluginBackend {
  readonly #options: PluginBackendOptions;

  constructor(options: PluginBackendOptions) {
    this.#options = options;
  }

  /**
   * Reads JSON. Empty parts of the query are not sent.
   *
   * @param path - below the plugin's address, with a leading slash
   * @throws ResponseError with the backend's own message.
   */
  async get<T>(
    path: string,
    query: Record<string, string | undefined> = {},
  ): Promise<T> {
    const { pluginId, discoveryApi, fetchApi } = this.#options;
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) {
      if (value) {
        search.set(key, value);
      }
    }
    const base = await discoveryApi.getBaseUrl(pluginId);
    const suffix = search.size > 0 ? `?${search}` : '';
    const response = await fetchApi.fetch(`${base}${path}${suffix}`);
    if (!response.ok) {
      throw await ResponseError.fromResponse(response);
    }
    return response.json();
  }
}
