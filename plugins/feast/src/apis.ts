import {
  ApiBlueprint,
  createApiRef,
  discoveryApiRef,
  fetchApiRef,
} from '@backstage/frontend-plugin-api';
import { FeastApi, FeastClient } from '@maestro/plugin-feast-common';

/**
 * The Feast backend of this portal.
 *
 * @public
 */
export const feastApiRef = createApiRef<FeastApi>().with({
  id: 'feast.client',
  pluginId: 'feast',
});

export const feastApi = ApiBlueprint.make({
  params: defineParams =>
    defineParams({
      api: feastApiRef,
      deps: { discoveryApi: discoveryApiRef, fetchApi: fetchApiRef },
      factory: deps => new FeastClient(deps),
    }),
});
