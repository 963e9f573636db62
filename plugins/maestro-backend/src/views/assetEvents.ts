import { aliasName, type AssetEvent } from '@maestro/plugin-maestro-common';
import { num, optionalNum, optionalText } from '../database/conversion';
import { aliasesOfEvents } from '../database/operations/assets/assetAliases';
import type { AssetEventRow, AssetOutcomeRow } from '../database/tables';
import type { ViewContext } from './ViewContext';

/** Events of a run, and events that started it, that its page shows. */
const EVENTS_OF_RUN = 100;
const EVENTS_THAT_STARTED = 50;
/** Ids of one look-up; SQLite takes at most 500 rows of a compound statement. */
const BATCH = 400;

/** Events newest first, of one asset, through one alias (`@name`) or all. */
export async function listAssetEvents(
  ctx: ViewContext,
  options: { asset?: string; before?: number; limit: number },
): Promise<AssetEvent[]> {
  const { db } = ctx;
  const query = db
    .table(db.knex, 'asset_events')
    .orderBy('id', 'desc')
    .limit(options.limit);
  const { asset } = options;
  const alias = asset && aliasName(asset);
  if (alias !== undefined) {
    query.whereIn(
      'id',
      db
        .table(db.knex, 'asset_event_aliases')
        .where({ alias })
        .select('event_id') as never,
    );
  } else if (asset !== undefined) {
    query.where({ asset });
  }
  if (options.before !== undefined) query.where('id', '<', options.before);
  return withOutcomes(ctx, (await query) as AssetEventRow[]);
}

/** Events by id, newest first. */
export async function assetEventsById(
  ctx: ViewContext,
  ids: readonly number[],
): Promise<AssetEvent[]> {
  const { db } = ctx;
  const rows: AssetEventRow[] = [];
  for (let i = 0; i < ids.length; i += BATCH) {
    rows.push(
      ...((await db
        .table(db.knex, 'asset_events')
        .whereIn('id', ids.slice(i, i + BATCH) as never)) as AssetEventRow[]),
    );
  }
  rows.sort((a, b) => num(b.id) - num(a.id));
  return withOutcomes(ctx, rows);
}

/** Both directions of a run: what started it, and what it set off. */
export async function assetEventsOfRun(
  ctx: ViewContext,
  id: number,
): Promise<{ startedBy: AssetEvent[]; assetEvents: AssetEvent[] }> {
  const { db } = ctx;
  const causes = await db
    .table(db.knex, 'asset_outcomes')
    .where({ run_id: id })
    .orderBy('event_id', 'desc')
    .limit(EVENTS_THAT_STARTED)
    .select('event_id');
  const own = (await db
    .table(db.knex, 'asset_events')
    .where({ run_id: id })
    .orderBy('id', 'desc')
    .limit(EVENTS_OF_RUN)) as AssetEventRow[];
  return {
    startedBy: await assetEventsById(
      ctx,
      causes.map(row => num(row.event_id)),
    ),
    assetEvents: await withOutcomes(ctx, own),
  };
}

async function withOutcomes(
  { db }: ViewContext,
  rows: readonly AssetEventRow[],
): Promise<AssetEvent[]> {
  if (rows.length === 0) return [];
  const outcomes: OutcomeRow[] = [];
  for (let i = 0; i < rows.length; i += BATCH) {
    outcomes.push(
      ...((await db
        .knex('asset_outcomes as o')
        .join('pipelines as p', 'p.id', 'o.pipeline_id')
        .leftJoin('runs as r', 'r.id', 'o.run_id')
        .whereIn(
          'o.event_id',
          rows.slice(i, i + BATCH).map(row => row.id),
        )
        .orderBy(['p.name', 'o.schedule_id'])
        .select(
          'o.*',
          'p.name as pipeline_name',
          'p.entity_ref as entity_ref',
          'r.run_id as public_run_id',
        )) as OutcomeRow[]),
    );
  }
  const sources = await readSources(db.knex, rows);
  const aliases = await aliasesOfEvents(
    db,
    db.knex,
    rows.map(row => num(row.id)),
  );
  return rows.map((row): AssetEvent => {
    const source = sources.get(optionalNum(row.run_id) ?? -1);
    return {
      id: num(row.id),
      asset: row.asset,
      aliases: aliases.get(num(row.id)),
      at: num(row.at),
      source: row.source,
      pipeline: source?.pipeline,
      runId: source?.runId,
      taskId: optionalText(row.task_id),
      attemptId: optionalText(row.attempt_id),
      actor: optionalText(row.actor),
      partitionKey: optionalText(row.partition_key),
      extra: row.extra === null ? undefined : JSON.parse(row.extra),
      outcomes: outcomes
        .filter(outcome => num(outcome.event_id) === num(row.id))
        .map(outcome => ({
          pipeline: outcome.pipeline_name,
          entityRef: outcome.entity_ref,
          scheduleId: outcome.schedule_id,
          outcome: outcome.outcome,
          runId: optionalText(outcome.public_run_id),
          reason: optionalText(outcome.reason),
          decidedAt: num(outcome.decided_at),
        })),
    };
  });
}

type OutcomeRow = AssetOutcomeRow & {
  pipeline_name: string;
  entity_ref: string;
  public_run_id: string | null;
};

async function readSources(
  knex: ViewContext['db']['knex'],
  rows: readonly AssetEventRow[],
): Promise<Map<number, { runId: string; pipeline: string }>> {
  const ids = [...new Set(rows.map(row => optionalNum(row.run_id)))].filter(
    id => id !== undefined,
  );
  const found: { id: number; run_id: string; name: string }[] = [];
  for (let i = 0; i < ids.length; i += BATCH) {
    found.push(
      ...(await knex('runs')
        .join('pipelines', 'pipelines.id', 'runs.pipeline_id')
        .whereIn('runs.id', ids.slice(i, i + BATCH))
        .select('runs.id', 'runs.run_id', 'pipelines.name')),
    );
  }
  return new Map(
    found.map(row => [num(row.id), { runId: row.run_id, pipeline: row.name }]),
  );
}
