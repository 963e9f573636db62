/**
 * The pages of Maestro in the portal.
 *
 * @packageDocumentation
 */
export { maestroPlugin as default } from './plugin';
export { maestroApiRef } from './api/maestroApi';
export type { MaestroApi } from './api/maestroApi';
export {
  connectionsRouteRef,
  createPipelineRouteRef,
  poolsRouteRef,
  rootRouteRef,
  runRouteRef,
  scheduleRouteRef,
  assetsRouteRef,
  variablesRouteRef,
} from './routes';
