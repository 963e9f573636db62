import { NotFoundError } from '@backstage/errors';
import type { Knex } from 'knex';
import {
  backfillEta,
  type Backfill,
  type BackfillDetail,
  type RunState,
} from '@maestro/plugin-maestro-common';
import { num, optionalNum, optionalText } from '../database/conversion';
import { logicalRange } from '../database/operations/backfills/backfillRows';
import type { BackfillMemberRow, BackfillRow } from '../database/tables';
import { pipelineId } from './getPipeline';
import { medianDuration, readRecentRuns } from './recentRuns';
import type { ViewContext } from './ViewContext';

/** Members that are listed. */
const SHOWN_MEMBERS = 2_000;
/** Runs that say how long one usually takes. */
const RECENT_RUNS = 14;
/** Parameters of one statement. */
const IDS = 500;

type ListedBackfill = BackfillRow & {
  pipeline_name: string;
  entity_ref: string;
};

/** Backfills, newest first. */
export async function listBackfills(
  ctx: ViewContext,
  options: { pipeline?: string; live: boolean; limit: number },
): Promise<Backfill[]> {
  const query = selectBackfills(ctx);
  if (options.pipeline !== undefined) {
    query.where(
      'backfills.pipeline_id',
      await pipelineId(ctx, options.pipeline),
    );
  }
  if (options.live) query.whereNull('backfills.ended_at');
  const rows: ListedBackfill[] = await query
    .orderBy('backfills.id', 'desc')
    .limit(options.limit);
  return toBackfills(ctx, rows);
}

/**
 * A backfill without its due times.
 *
 * @throws NotFoundError
 */
export async function getBackfillSummary(
  ctx: ViewContext,
  backfillId: string,
): Promise<Backfill> {
  const [backfill] = await toBackfills(ctx, [
    await findBackfill(ctx, backfillId),
  ]);
  return backfill;
}

/**
 * A backfill with what became of its due times.
 *
 * @throws NotFoundError
 */
export async function getBackfill(
  ctx: ViewContext,
  backfillId: string,
): Promise<BackfillDetail> {
  const { db } = ctx;
  const row = await findBackfill(ctx, backfillId);
  const [backfill] = await toBackfills(ctx, [row]);
  const members = (await db
    .table(db.knex, 'backfill_members')
    .where({ backfill_id: row.id })
    .orderBy('due_at')
    .limit(SHOWN_MEMBERS + 1)) as BackfillMemberRow[];
  const shown = members.slice(0, SHOWN_MEMBERS);
  const runs = await readRuns(
    ctx,
    shown.flatMap(member => optionalNum(member.run_id) ?? []),
  );
  return {
    ...backfill,
    isCut: members.length > shown.length,
    members: shown.map(member => {
      const run = runs.get(optionalNum(member.run_id) ?? -1);
      return {
        dueAt: num(member.due_at),
        outcome: outcomeOf(member.outcome, run?.state),
        reason: optionalText(member.reason),
        runId: run?.runId,
      };
    }),
  };
}

function outcomeOf(
  outcome: BackfillMemberRow['outcome'],
  state: RunState | undefined,
): BackfillDetail['members'][number]['outcome'] {
  if (outcome === 'run') return state ?? 'deleted';
  return outcome === 'skipped' ? 'left_out' : outcome;
}

function selectBackfills({ db }: ViewContext): Knex.QueryBuilder {
  return db
    .knex('backfills')
    .join('pipelines', 'pipelines.id', 'backfills.pipeline_id')
    .select(
      'backfills.*',
      'pipelines.name as pipeline_name',
      'pipelines.entity_ref as entity_ref',
    );
}

/**
 * A backfill by its public id.
 *
 * @throws NotFoundError
 */
export async function findBackfill(
  ctx: ViewContext,
  backfillId: string,
): Promise<ListedBackfill> {
  const row: ListedBackfill | undefined = await selectBackfills(ctx)
    .where('backfills.backfill_id', backfillId)
    .first();
  if (!row) {
    throw new NotFoundError(
      `There is no backfill "${backfillId}"; "maestro backfill list" shows those there are`,
    );
  }
  return row;
}

async function readRuns({ db }: ViewContext, ids: readonly number[]) {
  const runs = new Map<number, { runId: string; state: RunState }>();
  for (let i = 0; i < ids.length; i += IDS) {
    const rows = await db
      .table(db.knex, 'runs')
      .whereIn('id', ids.slice(i, i + IDS) as never)
      .select('id', 'run_id', 'state');
    rows.forEach(row =>
      runs.set(num(row.id), { runId: row.run_id, state: row.state }),
    );
  }
  return runs;
}

/** Rows as the API shows them, with counts from what became of each due time. */
async function toBackfills(
  ctx: ViewContext,
  rows: readonly ListedBackfill[],
): Promise<Backfill[]> {
  if (rows.length === 0) return [];
  const { db } = ctx;
  const ids = rows.map(row => num(row.id));
  const outcomes = await countBy(ctx, 'backfill_members', 'outcome', ids);
  const states = await countBy(ctx, 'runs', 'state', ids);
  const now = await db.now();
  const recent = await readRecentRuns(db, {
    pipelineIds: [...new Set(rows.map(row => num(row.pipeline_id)))],
    limit: RECENT_RUNS,
  });
  return rows.map(row => {
    const outcome = (name: string) =>
      outcomes.get(`${num(row.id)}/${name}`) ?? 0;
    const state = (name: RunState) => states.get(`${num(row.id)}/${name}`) ?? 0;
    const runs =
      state('queued') + state('running') + state('success') + state('failed');
    // Due times that are no members yet have no outcome either.
    const open =
      row.total - outcome('run') - outcome('skipped') - outcome('cancelled');
    const isCancelled = row.state === 'cancelled';
    const asked = logicalRange(row);
    const counts = {
      waiting: isCancelled ? 0 : open,
      queued: state('queued'),
      running: state('running'),
      success: state('success'),
      failed: state('failed'),
      leftOut: outcome('skipped'),
      cancelled: outcome('cancelled') + (isCancelled ? open : 0),
      deleted: Math.max(0, outcome('run') - runs),
    };
    return {
      backfillId: row.backfill_id,
      pipeline: row.pipeline_name,
      entityRef: row.entity_ref,
      schedule: row.schedule_id,
      from: asked?.from ?? num(row.range_from),
      to: asked?.to ?? num(row.range_to),
      only: row.only_which,
      order: row.run_order,
      maxActive: row.max_active,
      params: JSON.parse(row.params),
      state: row.state,
      stateReason: optionalText(row.state_reason),
      total: row.total,
      counts,
      createdAt: num(row.created_at),
      createdBy: row.created_by,
      changedBy: optionalText(row.changed_by),
      endedAt: optionalNum(row.ended_at),
      etaAt: backfillEta({
        now,
        waiting: counts.waiting,
        live: counts.queued + counts.running,
        maxActive: row.max_active,
        typicalMs: medianDuration(recent.get(num(row.pipeline_id))),
        paused: row.state === 'paused',
      }),
    };
  });
}

/** Rows by `backfill id/value of column`. */
async function countBy(
  { db }: ViewContext,
  table: 'backfill_members' | 'runs',
  column: 'outcome' | 'state',
  ids: readonly number[],
): Promise<Map<string, number>> {
  const rows: Array<{
    backfill_id: number | string;
    value: string;
    n: number | string;
  }> = (await db
    .knex(table)
    .whereIn('backfill_id', ids)
    .groupBy('backfill_id', column)
    .select('backfill_id', `${column} as value`)
    .count({ n: '*' })) as never;
  return new Map(
    rows.map(row => [`${num(row.backfill_id)}/${row.value}`, num(row.n)]),
  );
}
