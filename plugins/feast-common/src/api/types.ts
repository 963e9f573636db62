import { Freshness } from './freshness';

/**
 * A column: a feature or an input of a request.
 *
 * @public
 */
export interface FeastField {
  name: string;
  /** Feast's word, such as DOUBLE, INT64, STRING. */
  type: string;
  description?: string;
}

/**
 * Where values come from. Times are epoch milliseconds.
 *
 * @public
 */
export interface FeastDataSource {
  project: string;
  name: string;
  /** Feast's word, such as BATCH_FILE, PUSH_SOURCE, REQUEST_SOURCE. */
  type: string;
  description?: string;
  owner?: string;
  tags: Record<string, string>;
  /** File, table or topic, without credentials. */
  location?: string;
  timestampField?: string;
  /** Of a request source: what the caller must send. */
  fields: FeastField[];
  updatedAt?: number;
}

/**
 * A feature view. Times are epoch milliseconds, durations milliseconds.
 *
 * @public
 */
export interface FeastFeatureView {
  project: string;
  name: string;
  kind: 'batch' | 'stream' | 'on-demand';
  description?: string;
  owner?: string;
  tags: Record<string, string>;
  /** Names of the entities; empty when the features belong to none. */
  entities: string[];
  features: FeastField[];
  /** How long a value is served; absent: for ever. */
  ttlMs?: number;
  /** Meant for the online store. */
  online: boolean;
  source?: { name: string; type: string; location?: string };
  streamSource?: { name: string; type: string; location?: string };
  /** Of an on-demand view: the views and request sources it computes from. */
  inputs: string[];
  /** Names of the feature services that use it. */
  services: string[];
  freshness: Freshness;
  /** The latest materialized intervals of event time, newest first. */
  materializations: { start: number; end: number }[];
  createdAt?: number;
  updatedAt?: number;
}

/**
 * A feature service: the features one model asks for together.
 *
 * @public
 */
export interface FeastFeatureService {
  project: string;
  name: string;
  description?: string;
  owner?: string;
  tags: Record<string, string>;
  featureViews: { name: string; features: string[] }[];
  updatedAt?: number;
}

/**
 * An entity: what features describe, and the column that names it.
 *
 * @public
 */
export interface FeastEntity {
  project: string;
  name: string;
  joinKey: string;
  /** Feast's word; absent when it is not declared. */
  type?: string;
  description?: string;
  owner?: string;
  tags: Record<string, string>;
  /** Names of the feature views of this entity. */
  featureViews: string[];
  updatedAt?: number;
}

/**
 * All objects of one kind.
 *
 * @public
 */
export interface FeastList<T> {
  items: T[];
  /** There are more than the portal reads. */
  truncated: boolean;
  /** When this was true, epoch milliseconds of the backend's clock. */
  asOf: number;
}

/**
 * Whether one of Feast's servers is configured and answers.
 *
 * @public
 */
export interface FeastServiceStatus {
  configured: boolean;
  /** The configuration key that names the server. */
  configKey: string;
  /** What the server reports, where it does. */
  version?: string;
  /** Why it does not answer, and what to do; absent when it answers. */
  problem?: string;
}

/**
 * State of both servers: the registry describes features, the feature server
 * serves their values.
 *
 * @public
 */
export interface FeastStatus {
  registry: FeastServiceStatus;
  server: FeastServiceStatus;
}

/**
 * What the portal's pages, and other plugins, ask the Feast backend.
 *
 * @public
 */
export interface FeastApi {
  getStatus(): Promise<FeastStatus>;
  listFeatureViews(): Promise<FeastList<FeastFeatureView>>;
  listFeatureServices(): Promise<FeastList<FeastFeatureService>>;
  listEntities(): Promise<FeastList<FeastEntity>>;
  listDataSources(): Promise<FeastList<FeastDataSource>>;
}
