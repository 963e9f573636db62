import {
  createExternalRouteRef,
  createRouteRef,
  createSubRouteRef,
} from '@backstage/frontend-plugin-api';

/** The list of pipelines. @public */
export const rootRouteRef = createRouteRef();

/** One run, of whatever pipeline. @public */
export const runRouteRef = createSubRouteRef({
  parent: rootRouteRef,
  path: '/runs/:runId',
});

/** Connections. @public */
export const connectionsRouteRef = createRouteRef();

/** Variables. @public */
export const variablesRouteRef = createRouteRef();

/** Pools. @public */
export const poolsRouteRef = createRouteRef();

/** What the schedules will do. @public */
export const scheduleRouteRef = createRouteRef();

/** Assets. @public */
export const assetsRouteRef = createRouteRef();

/** Where new pipelines are made: the portal's page of templates. @public */
export const createPipelineRouteRef = createExternalRouteRef({
  defaultTarget: 'scaffolder.root',
});
