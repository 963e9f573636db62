import {
  createApiRef,
  type DiscoveryApi,
  type FetchApi,
} from '@backstage/frontend-plugin-api';
import {
  createMaestroClient,
  type MaestroClient,
} from '@maestro/plugin-maestro-common';

/**
 * What the pages ask the backend by: the typed client of the HTTP API.
 *
 * @public
 */
export type MaestroApi = MaestroClient;

/** @public */
export const maestroApiRef = createApiRef<MaestroApi>().with({
  id: 'maestro.client',
  pluginId: 'maestro',
});

/**
 * The client with the address and the credentials of the portal.
 *
 * @internal
 */
export function createPortalClient(options: {
  discoveryApi: DiscoveryApi;
  fetchApi: FetchApi;
}): MaestroApi {
  const { discoveryApi, fetchApi } = options;
  return createMaestroClient({
    baseUrl: () => discoveryApi.getBaseUrl('maestro'),
    fetch: async (input, init) => {
      // The portal's fetch reads a request more than once on its way (for
      // address and identity), which a request with a body does not allow. So
      // it is handed over in parts.
      const request = new Request(input, init);
      const body =
        request.method === 'GET' || request.method === 'HEAD'
          ? undefined
          : await request.text();
      return fetchApi.fetch(request.url, {
        method: request.method,
        headers: Object.fromEntries(request.headers),
        body: body || undefined,
        signal: request.signal,
      });
    },
  });
}
