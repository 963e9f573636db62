import type { Knex } from 'knex';
import { json, num } from '../database/conversion';
import { assetsOfAlias } from '../database/operations/assets/assetAliases';
import { readRunAssetEvents } from '../database/operations/assets/runAssetEvents';
import type { AssetEventRow, RunRow } from '../database/tables';
import { AirflowApiError } from './AirflowApiError';
import type { AirflowCall } from './AirflowCall';
import { instants } from './queries';
import { instantText } from './runContext';

/** Most events in one answer. */
const MAX_EVENTS = 1_000;

/**
 * `GET assets/by-name?name=` and `by-uri?uri=`. Maestro knows an asset by its
 * name alone, and every name that a DAG file says is one.
 */
export async function getAsset(call: AirflowCall): Promise<object> {
  return assetOf(assetName(call));
}

/** `GET assets/by-alias?alias_name=`: what the alias has stood for. */
export async function listAliasedAssets(call: AirflowCall): Promise<object[]> {
  const { db, url } = call;
  const alias = url.searchParams.get('alias_name') ?? '';
  return (await assetsOfAlias(db, db.knex, alias, MAX_EVENTS)).map(assetOf);
}

/** `GET asset-events/by-asset?name=&uri=&after=&before=&ascending=&limit=`. */
export async function listAssetEvents(call: AirflowCall): Promise<object> {
  const asset = assetName(call);
  return eventsWhere(call, query => query.where({ asset }));
}

/** `GET asset-events/by-asset-alias?name=&after=&before=&ascending=&limit=`. */
export async function listEventsOfAlias(call: AirflowCall): Promise<object> {
  const { db, url } = call;
  const alias = url.searchParams.get('name') ?? '';
  return eventsWhere(call, query =>
    query.whereIn(
      'id',
      db.knex('asset_event_aliases').where({ alias }).select('event_id'),
    ),
  );
}

async function eventsWhere(
  call: AirflowCall,
  narrow: (query: Knex.QueryBuilder) => Knex.QueryBuilder,
): Promise<object> {
  const { db, url } = call;
  const ascending =
    url.searchParams.get('ascending')?.toLowerCase() !== 'false';
  const query = narrow(db.knex('asset_events'))
    .orderBy('id', ascending ? 'asc' : 'desc')
    .limit(
      Math.max(0, Math.min(call.number('limit') ?? MAX_EVENTS, MAX_EVENTS)),
    );
  const [after] = instants(call, 'after') ?? [];
  const [before] = instants(call, 'before') ?? [];
  if (after !== undefined) query.where('at', '>=', after);
  if (before !== undefined) query.where('at', '<=', before);
  const rows = (await query) as AssetEventRow[];
  const sources = await sourcesOf(call, rows);
  return {
    asset_events: rows.map(row => {
      const source =
        row.run_id === null ? undefined : sources.get(num(row.run_id));
      return {
        id: num(row.id),
        timestamp: instantText(row.at),
        extra: row.extra === null ? {} : json<object>(row.extra),
        asset: assetOf(row.asset),
        created_dagruns: [],
        source_task_id: row.task_id,
        source_dag_id: source?.dag ?? null,
        source_run_id: source?.run ?? null,
        source_map_index: row.map_index ?? -1,
        partition_key: row.partition_key,
      };
    }),
  };
}

/** The events that started a run, as the run's context tells them. */
export async function consumedEvents(
  { db }: AirflowCall,
  run: RunRow,
): Promise<object[]> {
  if (run.trigger !== 'asset') return [];
  const events = await db.transaction(tx =>
    readRunAssetEvents(db, tx, num(run.id)),
  );
  return events.map(event => ({
    asset: { name: event.asset, uri: event.asset, extra: {} },
    extra: event.extra ?? {},
    source_task_id: event.task ?? null,
    source_dag_id: event.pipeline ?? null,
    source_run_id: event.run_id ?? null,
    source_map_index: -1,
    source_aliases: (event.aliases ?? []).map(name => ({ name })),
    timestamp: event.at,
    partition_key: event.partition ?? null,
  }));
}

function assetOf(name: string) {
  return { name, uri: name, group: 'asset', extra: {} };
}

function assetName({ url }: AirflowCall): string {
  const name = url.searchParams.get('name') || url.searchParams.get('uri');
  if (!name) {
    throw new AirflowApiError(
      422,
      'invalid_query',
      'An asset is asked for by name or uri',
    );
  }
  return name;
}

/** DAG and run by number of the run. */
async function sourcesOf(
  { db }: AirflowCall,
  events: readonly AssetEventRow[],
): Promise<Map<number, { dag: string; run: string }>> {
  const ids = [
    ...new Set(
      events.flatMap(({ run_id: id }) => (id === null ? [] : [num(id)])),
    ),
  ];
  const found = new Map<number, { dag: string; run: string }>();
  for (let i = 0; i < ids.length; i += 400) {
    const rows = await db
      .table(db.knex, 'runs')
      .join('pipelines', 'pipelines.id', 'runs.pipeline_id')
      .whereIn('runs.id', ids.slice(i, i + 400))
      .select('runs.id', 'runs.run_key', 'pipelines.name');
    for (const row of rows as Array<{
      id: number;
      run_key: string;
      name: string;
    }>) {
      found.set(num(row.id), { dag: row.name, run: row.run_key });
    }
  }
  return found;
}
