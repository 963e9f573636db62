import { z } from 'zod';

/*
 * The parts of the Feast registry's REST answers that the portal uses, as
 * Feast 0.67 sends them: protobuf as JSON, in which a field that holds its
 * type's zero (false, "", an empty list) is left out. Unknown fields are
 * dropped, so that a newer server does not break the portal.
 */

const text = z.string().default('');
const tags = z.record(z.string(), z.string()).default({});
const timestamp = z.iso
  .datetime({ offset: true })
  .transform(value => Date.parse(value));

// Protobuf durations are seconds with a unit: "172800s", "0.500s".
const duration = z
  .string()
  .regex(/^\d{1,12}(\.\d{1,9})?s$/, 'expected a duration such as "172800s"')
  .transform(value => Math.round(Number(value.slice(0, -1)) * 1000));

const feature = z.object({
  name: z.string(),
  valueType: z.string().default('INVALID'),
  description: text,
});

const meta = z
  .object({
    createdTimestamp: timestamp.optional(),
    lastUpdatedTimestamp: timestamp.optional(),
    materializationIntervals: z
      .array(z.object({ startTime: timestamp, endTime: timestamp }))
      .default([]),
  })
  .default({ materializationIntervals: [] });

const tableOptions = z
  .object({ table: z.string().optional(), path: z.string().optional() })
  .optional();

const dataSource = z.object({
  name: text,
  type: z.string().default('INVALID'),
  description: text,
  owner: text,
  tags,
  timestampField: text,
  createdTimestampColumn: text,
  project: z.string().optional(),
  fileOptions: z.object({ uri: z.string().optional() }).optional(),
  bigqueryOptions: tableOptions,
  snowflakeOptions: tableOptions,
  redshiftOptions: tableOptions,
  trinoOptions: tableOptions,
  athenaOptions: tableOptions,
  sparkOptions: tableOptions,
  kafkaOptions: z.object({ topic: z.string().optional() }).optional(),
  kinesisOptions: z.object({ streamName: z.string().optional() }).optional(),
  requestDataOptions: z
    .object({ schema: z.array(feature).default([]) })
    .optional(),
  meta,
});

const featureView = z.object({
  // featureView, onDemandFeatureView, streamFeatureView, …
  type: z.string().default('featureView'),
  project: z.string().default(''),
  spec: z.object({
    name: z.string(),
    entities: z.array(z.string()).default([]),
    features: z.array(feature).default([]),
    description: text,
    owner: text,
    tags,
    ttl: duration.optional(),
    online: z.boolean().default(false),
    batchSource: dataSource.optional(),
    streamSource: dataSource.optional(),
    // Of an on-demand view only: its inputs by name.
    sources: z.record(z.string(), z.unknown()).default({}),
  }),
  meta,
});

const featureService = z.object({
  project: z.string().default(''),
  spec: z.object({
    name: z.string(),
    description: text,
    owner: text,
    tags,
    features: z
      .array(
        z.object({
          featureViewName: z.string(),
          featureColumns: z.array(feature).default([]),
        }),
      )
      .default([]),
  }),
  meta,
});

const entity = z.object({
  project: z.string().default(''),
  spec: z.object({
    name: z.string(),
    joinKey: text,
    valueType: z.string().default('INVALID'),
    description: text,
    owner: text,
    tags,
  }),
  meta,
});

const pagination = z
  .object({ hasNext: z.boolean().default(false) })
  .default({ hasNext: false });

/** @internal */
export const featureViewsAnswer = z
  .object({ featureViews: z.array(featureView), pagination })
  .transform(({ featureViews: items, pagination: { hasNext } }) => ({
    items,
    hasNext,
  }));
/** @internal */
export const featureServicesAnswer = z
  .object({ featureServices: z.array(featureService), pagination })
  .transform(({ featureServices: items, pagination: { hasNext } }) => ({
    items,
    hasNext,
  }));
/** @internal */
export const entitiesAnswer = z
  .object({ entities: z.array(entity), pagination })
  .transform(({ entities: items, pagination: { hasNext } }) => ({
    items,
    hasNext,
  }));
/** @internal */
export const dataSourcesAnswer = z
  .object({ dataSources: z.array(dataSource), pagination })
  .transform(({ dataSources: items, pagination: { hasNext } }) => ({
    items,
    hasNext,
  }));
/** @internal */
export const versionAnswer = z.object({ version: z.string().max(60) });
/** @internal */
export const errorAnswer = z.object({
  detail: z.string(),
  error_type: z.string().default('error'),
});

/**
 * A feature view of any type as the registry's REST API sends it; times are
 * epoch milliseconds, durations milliseconds.
 *
 * @public
 */
export type WireFeatureView = z.infer<typeof featureView>;
/**
 * A feature service as the registry's REST API sends it.
 *
 * @public
 */
export type WireFeatureService = z.infer<typeof featureService>;
/**
 * An entity as the registry's REST API sends it.
 *
 * @public
 */
export type WireEntity = z.infer<typeof entity>;
/**
 * A data source as the registry's REST API sends it.
 *
 * @public
 */
export type WireDataSource = z.infer<typeof dataSource>;
