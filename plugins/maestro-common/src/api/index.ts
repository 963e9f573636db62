/**
 * The HTTP API: types, permissions and a typed client, made from
 * `openapi.yaml`.
 *
 * @packageDocumentation
 */
export {
  createMaestroClient,
  type MaestroClient,
} from './client/createMaestroClient';
export type {
  MaestroClientOptions,
  Page,
  RequestOptions,
} from './client/sender';
export { MaestroResponseError, MaestroUnreachableError } from './errors';
export type {
  components as ApiComponents,
  operations as ApiOperations,
  paths as ApiPaths,
} from './generated/schema.generated';
export { spec as apiSpec } from './generated/spec.generated';
export * from './permissions';
export * from './types';
