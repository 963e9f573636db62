import {
  type Grid,
  type GridRun,
  instancesIn,
} from '@maestro/plugin-maestro-common';
import { num, optionalNum, optionalText } from '../database/conversion';
import type { RunRow } from '../database/tables';
import { pipelineId } from './getPipeline';
import { unpackDigest, type DigestCell } from './gridDigest';
import { readPage } from './listRuns';
import { mappedCounts, shownCounts } from './mappedCounts';
import { durationOf, medianDuration, type RecentRunRow } from './recentRuns';
import { slaStateOf } from './slaState';
import type { ViewContext } from './ViewContext';

type GridRow = RecentRunRow &
  Pick<
    RunRow,
    'id' | 'version_id' | 'digest' | 'logical_date' | 'partition_key'
  >;

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
        'logical_date',
        'partition_key',
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
      logicalDate: optionalNum(row.logical_date),
      partitionKey: optionalText(row.partition_key),
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
  return {
    tasks: [...tasks],
    groups: current === undefined ? undefined : versions.get(current)?.groups,
    runs,
    nextCursor: page.nextCursor,
  };
}

/** Cells of runs without a digest, task by task. */
async function readTasks(
  ctx: ViewContext,
  runIds: number[],
  now: number,
): Promise<Map<number, DigestCell[]>> {
  const { db } = ctx;
  const cells = new Map<number, DigestCell[]>(runIds.map(id => [id, []]));
  // A page has at most 400 runs, and SQLite takes far more parameters.
  if (runIds.length === 0) return cells;
  const rows = await db
    .table(db.knex, 'task_instances')
    .whereIn('run_id', runIds)
    // The instances of mapped tasks are counted by the database.
    .where('map_index', -1)
    .orderBy(['run_id', 'task_no'])
    .select(
      'run_id',
      'task_no',
      'state',
      'try_number',
      'started_at',
      'ended_at',
      'cache_hit',
    );
  const mapped = await mappedCounts(ctx, runIds);
  for (const row of rows) {
    const counts = mapped.get(num(row.run_id))?.get(row.task_no);
    const instances = counts ? instancesIn(counts) : 0;
    cells.get(num(row.run_id))!.push({
      no: row.task_no,
      state: row.state,
      tries: instances > 0 ? 1 : row.try_number,
      durationMs:
        row.started_at === null
          ? undefined
          : (optionalNum(row.ended_at) ?? now) - num(row.started_at),
      ...(counts && instances > 0
        ? { instances, counts: shownCounts(counts) }
        : {}),
      ...(row.cache_hit !== null && row.state === 'success'
        ? { reused: true as const }
        : {}),
    });
  }
  return cells;
}
