/**
 * What the Feast page and its backend share: types, permissions, the verdict
 * about freshness, the client of the portal's backend and clients of Feast
 * itself.
 *
 * @packageDocumentation
 */
export * from './permissions';
export * from './api/types';
export { FeastClient } from './api/FeastClient';
export { freshnessOf } from './api/freshness';
export type { Freshness, FreshnessState } from './api/freshness';
export { FeastRegistryClient } from './server/FeastRegistryClient';
export type {
  FeastObjects,
  FeastRegistryClientOptions,
} from './server/FeastRegistryClient';
export { checkFeastServer } from './server/feastServerHealth';
export type {
  WireDataSource,
  WireEntity,
  WireFeatureService,
  WireFeatureView,
} from './server/wire';
