import type {
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

/**
 * Inserts a run in state `queued` with its task instances and its first event.
 *
 * @returns the internal id, or undefined when the pipeline has a run of that
 * key: the unique index decides, so that two schedulers create one run
 */
export async function insertRun(
  db: MaestroDatabase,
  tx: Tx,
  definition: PipelineDefinition,
  run: NewRun,
  now: number,
): Promise<number | undefined> {
  const inserted = await db
    .table(tx, 'runs')
    .insert({
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
      ...(run.parent && {
        parent_run: run.parent.runId,
        parent_task_no: run.parent.taskNo,
        parent_map_index: run.parent.mapIndex,
        parent_wait_id: run.parent.waitId,
        sub_depth: run.parent.depth,
      }),
    } as never)
    .onConflict(['pipeline_id', 'run_key'])
    .ignore()
    .returning('id');
  if (inserted.length === 0) return undefined;
  const id = num((inserted[0] as unknown as { id: number }).id);
  const rows = definition.tasks.map(task => ({
    run_id: id,
    task_no: task.no,
    map_index: -1,
    state: 'none' as const,
    pool: task.pool ?? null,
    priority: task.priority,
  }));
  for (let i = 0; i < rows.length; i += 400) {
    await db
      .table(tx, 'task_instances')
      .insert(rows.slice(i, i + 400) as never);
  }
  await db.table(tx, 'events').insert({
    run_id: id,
    seq: 1,
    at: now,
    type: 'run_created',
    actor: run.createdBy,
    body: JSON.stringify({ trigger: run.trigger, runKey: run.runKey }),
  } as never);
  return id;
}
