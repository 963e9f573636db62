import type { Knex } from 'knex';
import { num, optionalNum } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/** A task instance that could start if the limits let it. */
export interface ReadyTask {
  runId: number;
  taskNo: number;
  /** −1 for a task that is not mapped. */
  mapIndex: number;
  priority: number;
  pool: string | null;
}

/** Ready tasks of all runs, in the order in which they shall start. */
export async function readyTasks(
  db: MaestroDatabase,
  tx: Tx | Knex,
  options: {
    /** Pools whose tasks are left out. */
    fullPools: readonly string[];
    /** Runs that are left out. */
    blockedRuns: readonly number[];
    limit: number;
  },
): Promise<ReadyTask[]> {
  const { fullPools, blockedRuns, limit } = options;
  const query = db
    .table(tx, 'task_instances')
    .where('state', 'scheduled')
    .orderBy([
      { column: 'priority', order: 'desc' },
      { column: 'ready_at' },
      { column: 'run_id' },
      { column: 'task_no' },
      { column: 'map_index' },
    ])
    .limit(limit)
    .select('run_id', 'task_no', 'map_index', 'priority', 'pool');
  if (blockedRuns.length > 0) query.whereNotIn('run_id', blockedRuns as never);
  if (fullPools.length > 0) {
    query.where(q =>
      q.whereNull('pool').orWhereNotIn('pool', fullPools as never),
    );
  }
  const rows = await query;
  return rows.map(row => ({
    runId: num(row.run_id),
    taskNo: row.task_no,
    mapIndex: row.map_index,
    priority: row.priority,
    pool: row.pool,
  }));
}

/** The words of the partial index: SQLite uses it for no others. */
const LIVE = "state in ('queued', 'running')";

/**
 * Runs that wait for the same places: those of a pipeline, without its
 * backfills, and those of each backfill.
 */
export interface Lane {
  pipelineId: number;
  backfillId: number | null;
}

/** Lanes with queued runs, the one that waits longest first. */
export async function lanesThatWait(
  db: MaestroDatabase,
  tx: Tx | Knex,
): Promise<Lane[]> {
  const rows = (await db
    .table(tx, 'runs')
    .whereRaw(LIVE)
    .where('state', 'queued')
    .groupBy('pipeline_id', 'backfill_id')
    .min({ first: 'run_after' })
    .select('pipeline_id', 'backfill_id')
    .orderBy([
      { column: 'first' },
      { column: 'pipeline_id' },
      { column: 'backfill_id' },
    ])) as unknown as Array<{
    pipeline_id: number | string;
    backfill_id: number | string | null;
  }>;
  return rows.map(row => ({
    pipelineId: num(row.pipeline_id),
    backfillId: optionalNum(row.backfill_id) ?? null,
  }));
}

/** The queued run of a lane that starts next. */
export async function firstQueuedRun(
  db: MaestroDatabase,
  tx: Tx | Knex,
  lane: Lane,
): Promise<number | undefined> {
  const query = db
    .table(tx, 'runs')
    .whereRaw(LIVE)
    .where({ state: 'queued', pipeline_id: lane.pipelineId })
    .orderBy([{ column: 'run_after' }, { column: 'id' }])
    .first('id');
  if (lane.backfillId === null) query.whereNull('backfill_id');
  else query.where({ backfill_id: lane.backfillId });
  const row = await query;
  return optionalNum(row?.id);
}
