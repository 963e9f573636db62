import type { Grid, GridRun } from '@maestro/plugin-maestro-common';
import { num, optionalNum, optionalText } from '../database/conversion';
import type { RunRow, TaskInstanceRow } from '../database/tables';
import { pipelineId } from './getPipeline';
import { aggregateCells, unpackDigest, type DigestCell } from './gridDigest';
import { readPage } from './listRuns';
import { durationOf, medianDuration, type RecentRunRow } from './recentRuns';
import { slaStateOf } from './slaState';
import type { ViewContext } from './ViewContext';

type GridRow = RecentRunRow & Pick<RunRow, 'id' | 'version_id' | 'digest'>;

/**
 * Tasks × runs, newest run first. A run that ended is read from its digest;
 * only runs that go on (and a digest of another format) are read task by task.
 */
export async function getGrid(
  ctx: ViewContext,
  name: string,
  options: { limit: number; cursor?: string },
): Promise<Grid> {
  const { db } = ctx;
  const id = await pipelineId(ctx, name);
  const page = await readPage<GridRow>(
    db
      .knex('runs')
      .where({ pipeline_id: id })
      .select(
        'id',
        'run_id',
        'pipeline_id',
        'version_id',
        'state',
        'state_reason',
        'trigger',
        'run_after',
        'created_at',
        'started_at',
        'ended_at',
        'sla_state',
        'sla_deadline',
        'alert_severity',
        'digest',
      ),
    options,
  );
  const cells = new Map<number, readonly DigestCell[]>();
  const unpacked: number[] = [];
  for (const row of page.items) {
    const final = row.state === 'success' || row.state === 'failed';
    const known =
      final && row.digest !== null ? unpackDigest(row.digest) : undefined;
    if (known) cells.set(num(row.id), known);
    else unpacked.push(num(row.id));
  }
  const now = await db.now();
  for (const [runId, tasks] of await readTasks(ctx, unpacked, now)) {
    cells.set(runId, tasks);
  }

  const pipeline = await db
    .table(db.knex, 'pipelines')
    .where({ id })
    .select('current_version_id')
    .first();
  const current = optionalNum(pipeline?.current_version_id);
  const versions = await ctx.versions.read([
    ...(current === undefined ? [] : [current]),
    ...page.items.map(row => num(row.version_id)),
  ]);
  // First the rows of today, then what older runs had.
  const tasks = new Set(
    current === undefined ? [] : versions.get(current)?.taskIds,
  );
  const medianMs = medianDuration(page.items);
  const runs = page.items.map((row): GridRun => {
    const facts = versions.get(num(row.version_id));
    const taskIds = facts?.taskIds ?? [];
    taskIds.forEach(taskId => tasks.add(taskId));
    return {
      runId: row.run_id,
      state: row.state,
      stateReason: optionalText(row.state_reason),
      trigger: row.trigger,
      runAfter: num(row.run_after),
      startedAt: optionalNum(row.started_at),
      durationMs: durationOf(row),
      alertSeverity: optionalText(row.alert_severity),
      slaState: slaStateOf(row, { now, medianMs }),
      versionNumber: facts?.number ?? 0,
      cells: Object.fromEntries(
        (cells.get(num(row.id)) ?? [])
          .filter(cell => taskIds[cell.no] !== undefined)
          .map(({ no, ...cell }) => [taskIds[no], cell]),
      ),
    };
  });
  return { tasks: [...tasks], runs, nextCursor: page.nextCursor };
}

async function readTasks(
  { db }: ViewContext,
  runIds: number[],
  now: number,
): Promise<Map<number, DigestCell[]>> {
  const rows: Pick<
    TaskInstanceRow,
    | 'run_id'
    | 'task_no'
    | 'map_index'
    | 'state'
    | 'try_number'
    | 'started_at'
    | 'ended_at'
  >[] = [];
  // A page has at most 400 runs, and SQLite takes far more parameters.
  if (runIds.length > 0) {
    rows.push(
      ...(await db
        .table(db.knex, 'task_instances')
        .whereIn('run_id', runIds)
        .select(
          'run_id',
          'task_no',
          'map_index',
          'state',
          'try_number',
          'started_at',
          'ended_at',
        )),
    );
  }
  const byRun = new Map<number, typeof rows>(runIds.map(id => [id, []]));
  for (const row of rows) byRun.get(num(row.run_id))!.push(row);
  return new Map(
    [...byRun].map(([runId, tasks]) => [
      runId,
      aggregateCells(
        tasks.map(task => ({
          no: task.task_no,
          mapIndex: task.map_index,
          state: task.state,
          tries: task.try_number,
          durationMs:
            task.started_at === null
              ? undefined
              : (optionalNum(task.ended_at) ?? now) - num(task.started_at),
        })),
      ),
    ]),
  );
}
