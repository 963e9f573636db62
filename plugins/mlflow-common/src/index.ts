/**
 * What the MLflow page and its backend share: types, permissions, the client
 * of the portal's backend and a client of MLflow itself.
 *
 * @packageDocumentation
 */
export * from './permissions';
export * from './api/types';
export { MlflowClient } from './api/MlflowClient';
export { headlineMetrics } from './api/headlineMetrics';
export type { HeadlineMetrics } from './api/headlineMetrics';
export { mlflowLinks } from './api/mlflowLinks';
export { MlflowServerClient } from './server/MlflowServerClient';
export type {
  MlflowServerClientOptions,
  MlflowServerPage,
} from './server/MlflowServerClient';
export type {
  WireExperiment,
  WireModelVersion,
  WireRegisteredModel,
  WireRun,
} from './server/wire';
