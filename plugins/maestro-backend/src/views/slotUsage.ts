import type { SlotUsage } from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import type { AttemptRow } from '../database/tables';
import type { ViewContext } from './ViewContext';

/** Holders that are named; more are only counted. */
const NAMED = 6;

/**
 * Runs of a pipeline that are active, against its limit; those of backfills
 * have limits of their own.
 */
export async function liveRunUsage(
  { db }: ViewContext,
  pipelineId: number,
  slots: number,
): Promise<SlotUsage> {
  const active = () =>
    db
      .table(db.knex, 'runs')
      .where({ pipeline_id: pipelineId, state: 'running' })
      .whereNull('backfill_id')
      // As the partial index says it, so that it is used.
      .whereRaw("state in ('queued', 'running')");
  const rows = await active().orderBy('id').limit(NAMED).select('run_id');
  const count = await active().count({ count: '*' }).first();
  return {
    name: 'maxActiveRuns',
    used: countOf(count),
    slots,
    holders: rows.map(row => row.run_id),
  };
}

/** Runs of a backfill that are active, against its own limit. */
export async function backfillUsage(
  { db }: ViewContext,
  backfillId: number,
  slots: number,
): Promise<SlotUsage> {
  const active = () =>
    db
      .table(db.knex, 'runs')
      .where({ backfill_id: backfillId, state: 'running' });
  const rows = await active().orderBy('id').limit(NAMED).select('run_id');
  const count = await active().count({ count: '*' }).first();
  return {
    name: 'maxActive',
    used: countOf(count),
    slots,
    holders: rows.map(row => row.run_id),
  };
}

/** Attempts that hold slots of a limit, as `pipeline/run/task`. */
export async function liveAttemptUsage(
  { db, versions }: ViewContext,
  limit: {
    name: string;
    slots: number;
    match: Partial<
      Pick<
        AttemptRow,
        | 'pipeline_id'
        | 'pool'
        | 'executor'
        | 'owner'
        | 'task_id'
        | 'run_id'
        | 'task_no'
      >
    >;
  },
): Promise<SlotUsage> {
  const count = await db
    .table(db.knex, 'attempts')
    .where(limit.match)
    .whereRaw("state <> 'ended'")
    .count({ count: '*' })
    .first();
  const rows: {
    name: string;
    run_id: string;
    version_id: number | string;
    task_no: number;
  }[] = await db
    .knex('attempts as a')
    .join('runs as r', 'r.id', 'a.run_id')
    .join('pipelines as p', 'p.id', 'a.pipeline_id')
    .where(
      Object.fromEntries(
        Object.entries(limit.match).map(([key, value]) => [`a.${key}`, value]),
      ),
    )
    .whereRaw("a.state <> 'ended'")
    .orderBy('a.id')
    .limit(NAMED)
    .select('p.name', 'r.run_id', 'r.version_id', 'a.task_no');
  const facts = await versions.read(rows.map(row => num(row.version_id)));
  return {
    name: limit.name,
    used: countOf(count),
    slots: limit.slots,
    holders: rows.map(row => {
      const taskIds = facts.get(num(row.version_id))?.taskIds ?? [];
      return `${row.name}/${row.run_id}/${taskIds[row.task_no] ?? row.task_no}`;
    }),
  };
}

function countOf(row: unknown): number {
  return num((row as { count: number | string }).count);
}
