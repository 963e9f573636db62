import { createRouteRef } from '@backstage/frontend-plugin-api';

/** The Feast page. @public */
export const feastRouteRef = createRouteRef();
