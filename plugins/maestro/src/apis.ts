import {
  ApiBlueprint,
  discoveryApiRef,
  fetchApiRef,
} from '@backstage/frontend-plugin-api';
import { createPortalClient, maestroApiRef } from './api/maestroApi';

export const maestroApi = ApiBlueprint.make({
  params: define =>
    define({
      api: maestroApiRef,
      deps: { discoveryApi: discoveryApiRef, fetchApi: fetchApiRef },
      factory: createPortalClient,
    }),
});
