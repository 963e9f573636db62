import {
  FeastDataSource,
  FeastEntity,
  FeastFeatureService,
  FeastFeatureView,
  FeastField,
  freshnessOf,
  WireDataSource,
  WireEntity,
  WireFeatureService,
  WireFeatureView,
} from '@maestro/plugin-feast-common';

/*
 * From what the registry sends to what the portal shows: pure functions.
 */

const materializationsShown = 10;

// The entity Feast invents for views that have none.
const dummyEntity = '__dummy';

function field(wire: {
  name: string;
  valueType: string;
  description: string;
}): FeastField {
  return {
    name: wire.name,
    type: wire.valueType,
    description: wire.description || undefined,
  };
}

/** File, table or topic, without the user and password in its address. */
function locationOf(source: WireDataSource): string | undefined {
  const tables = [
    source.bigqueryOptions,
    source.snowflakeOptions,
    source.redshiftOptions,
    source.trinoOptions,
    source.athenaOptions,
    source.sparkOptions,
  ];
  const location = [
    source.fileOptions?.uri,
    ...tables.flatMap(options => [options?.table, options?.path]),
    source.kafkaOptions?.topic,
    source.kinesisOptions?.streamName,
  ].find(candidate => !!candidate);
  return location?.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1');
}

function sourceSummary(source: WireDataSource | undefined) {
  return (
    source && {
      name: source.name,
      type: source.type,
      location: locationOf(source),
    }
  );
}

function kindOf(view: WireFeatureView): FeastFeatureView['kind'] {
  if (view.type === 'onDemandFeatureView') {
    return 'on-demand';
  }
  return view.type === 'streamFeatureView' ? 'stream' : 'batch';
}

/** Names of the services that use each view, by project and view name. */
export function servicesByView(
  services: readonly WireFeatureService[],
): (project: string, view: string) => string[] {
  const names = new Map<string, Set<string>>();
  for (const { project, spec } of services) {
    for (const { featureViewName } of spec.features) {
      const key = JSON.stringify([project, featureViewName]);
      names.set(key, (names.get(key) ?? new Set()).add(spec.name));
    }
  }
  return (project, view) => [
    ...(names.get(JSON.stringify([project, view])) ?? []),
  ];
}

export function featureViewView(
  view: WireFeatureView,
  context: { now: number; staleAfterMs: number; services: string[] },
): FeastFeatureView {
  const { spec, meta } = view;
  const kind = kindOf(view);
  const intervals = meta.materializationIntervals;
  return {
    project: view.project,
    name: spec.name,
    kind,
    description: spec.description || undefined,
    owner: spec.owner || undefined,
    tags: spec.tags,
    entities: spec.entities.filter(name => name !== dummyEntity),
    features: spec.features.map(field),
    ttlMs: spec.ttl || undefined,
    online: spec.online,
    source: sourceSummary(spec.batchSource),
    streamSource: sourceSummary(spec.streamSource),
    // A protobuf map: the registry sends it in another order each time.
    inputs: Object.keys(spec.sources).sort(),
    services: context.services,
    freshness: freshnessOf(
      {
        kind,
        online: spec.online,
        ttlMs: spec.ttl,
        materializedUntil: intervals.map(interval => interval.endTime),
      },
      context,
    ),
    materializations: intervals
      .map(interval => ({ start: interval.startTime, end: interval.endTime }))
      .sort((a, b) => b.end - a.end || b.start - a.start)
      .slice(0, materializationsShown),
    createdAt: meta.createdTimestamp,
    updatedAt: meta.lastUpdatedTimestamp,
  };
}

export function featureServiceView(
  service: WireFeatureService,
): FeastFeatureService {
  const { spec, meta } = service;
  return {
    project: service.project,
    name: spec.name,
    description: spec.description || undefined,
    owner: spec.owner || undefined,
    tags: spec.tags,
    featureViews: spec.features.map(view => ({
      name: view.featureViewName,
      features: view.featureColumns.map(column => column.name),
    })),
    updatedAt: meta.lastUpdatedTimestamp,
  };
}

/** All entities that somebody declared, each with its feature views. */
export function entityViews(
  entities: readonly WireEntity[],
  views: readonly WireFeatureView[],
): FeastEntity[] {
  const viewNames = new Map<string, string[]>();
  for (const view of views) {
    for (const entity of view.spec.entities) {
      const key = JSON.stringify([view.project, entity]);
      viewNames.set(key, [...(viewNames.get(key) ?? []), view.spec.name]);
    }
  }
  return entities
    .filter(entity => entity.spec.name !== dummyEntity)
    .map(({ project, spec, meta }) => ({
      project,
      name: spec.name,
      joinKey: spec.joinKey || spec.name,
      type: spec.valueType === 'INVALID' ? undefined : spec.valueType,
      description: spec.description || undefined,
      owner: spec.owner || undefined,
      tags: spec.tags,
      featureViews: viewNames.get(JSON.stringify([project, spec.name])) ?? [],
      updatedAt: meta.lastUpdatedTimestamp,
    }));
}

export function dataSourceView(source: WireDataSource): FeastDataSource {
  return {
    project: source.project ?? '',
    name: source.name,
    type: source.type,
    description: source.description || undefined,
    owner: source.owner || undefined,
    tags: source.tags,
    location: locationOf(source),
    timestampField: source.timestampField || undefined,
    fields: (source.requestDataOptions?.schema ?? []).map(field),
    updatedAt: source.meta.lastUpdatedTimestamp,
  };
}
