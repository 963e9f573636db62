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
    fetch: fetchApi.fetch,
  });
}
