import type {
  Partition,
  PipelineDefinition,
  RunTrigger,
} from '@maestro/plugin-maestro-common';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/** A run before it exists. */
export interface NewRun {
  /** UUIDv7. */
  runId: string;
  pipelineId: number;
  versionId: number;
  /** Unique in the pipeline: the same key again is the same run. */
  runKey: string;
  trigger: RunTrigger;
  logicalDate?: number;
  dataInterval?: { start: number; end: number };
  /** The partition of data that it is about. */
  partition?: Partition;
  runAfter: number;
  params: Record<string, unknown>;
  createdBy: string;
  note?: string;
  /** No task is given the result of an earlier run. */
  noCache?: boolean;
  slaDeadline?: number;
  /** Internal id of the backfill that it belongs to. */
  backfillId?: number;
  /** The task that started it. */
  parent?: RunParent;
}

/** A task of another run that started this one. */
export interface RunParent {
  runId: number;
  taskNo: number;
  mapIndex: number;
  waitId: string;
  /** How deep the new run is nested; 1 below a run that nobody started. */
  depth: number;
}

/** A new run and the definition that it is pinned to. */
export interface RunToInsert {
  definition: PipelineDefinition;
  run: NewRun;
}

/** Rows in one statement; SQLite takes at most 500 of a compound insert. */
const BATCH = 400;

/**
 * Inserts runs in state `queued` with their task instances and their first
 * events.
 *
 * @returns internal ids by `runId`; none for a run whose pipeline has one of
 * its key: the unique index decides, so that two schedulers create one run
 */
export async function insertRuns(
  db: MaestroDatabase,
  tx: Tx,
  runs: readonly RunToInsert[],
  now: number,
): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  for (let i = 0; i < runs.length; i += BATCH) {
    const rows = runs.slice(i, i + BATCH).map(({ run }) => rowOf(run, now));
    const inserted = await db
      .table(tx, 'runs')
      .insert(rows as never)
      .onConflict(['pipeline_id', 'run_key'])
      .ignore()
      .returning(['id', 'run_id']);
    for (const row of inserted) ids.set(row.run_id, num(row.id));
  }
  const created = runs.filter(({ run }) => ids.has(run.runId));
  await insertAll(
    db,
    tx,
    'task_instances',
    created.flatMap(({ definition, run }) =>
      definition.tasks.map(task => ({
        run_id: ids.get(run.runId)!,
        task_no: task.no,
        map_index: -1,
        state: 'none' as const,
        pool: task.pool ?? null,
        priority: task.priority,
      })),
    ),
  );
  await insertAll(
    db,
    tx,
    'events',
    created.map(({ run }) => ({
      run_id: ids.get(run.runId)!,
      seq: 1,
      at: now,
      type: 'run_created',
      actor: run.createdBy,
      body: JSON.stringify({ trigger: run.trigger, runKey: run.runKey }),
    })),
  );
  return ids;
}

async function insertAll(
  db: MaestroDatabase,
  tx: Tx,
  table: 'task_instances' | 'events',
  rows: readonly object[],
): Promise<void> {
  for (let i = 0; i < rows.length; i += BATCH) {
    await db.table(tx, table).insert(rows.slice(i, i + BATCH) as never);
  }
}

function rowOf(run: NewRun, now: number): object {
  return {
    run_id: run.runId,
    pipeline_id: run.pipelineId,
    version_id: run.versionId,
    run_key: run.runKey,
    trigger: run.trigger,
    state: 'queued',
    logical_date: run.logicalDate ?? null,
    data_interval_start: run.dataInterval?.start ?? null,
    data_interval_end: run.dataInterval?.end ?? null,
    run_after: run.runAfter,
    created_at: now,
    created_by: run.createdBy,
    params: JSON.stringify(run.params),
    note: run.note ?? null,
    no_cache: run.noCache ?? false,
    sla_deadline: run.slaDeadline ?? null,
    sla_state: run.slaDeadline === undefined ? 'none' : 'pending',
    event_seq: 1,
    backfill_id: run.backfillId ?? null,
    partition_key: run.partition?.key ?? null,
    partition_date: run.partition?.date ?? null,
    ...(run.parent && {
      parent_run: run.parent.runId,
      parent_task_no: run.parent.taskNo,
      parent_map_index: run.parent.mapIndex,
      parent_wait_id: run.parent.waitId,
      sub_depth: run.parent.depth,
    }),
  };
}
