import { createRouteRef } from '@backstage/frontend-plugin-api';

/** The MLflow page. @public */
export const mlflowRouteRef = createRouteRef();
