import type {
  Alert,
  Report,
  RunDetail,
  RunSummary,
  TaskInstance,
} from '@maestro/plugin-maestro-common';
import { json, num, optionalNum, optionalText } from '../database/conversion';
import type { ArtifactRow, TaskInstanceRow } from '../database/tables';
import { findRun, readDefinition } from './findRun';
import { toRunSummaries } from './runRows';
import type { ViewContext } from './ViewContext';

/** Alerts that a page shows; a task in a loop may send any number. */
const MAX_ALERTS = 500;

/** A run as a row of the list. */
export async function getRunSummary(
  ctx: ViewContext,
  runId: string,
): Promise<RunSummary> {
  const [summary] = await toRunSummaries(ctx.db, [await findRun(ctx, runId)]);
  return summary;
}

/** A run with its task instances, alerts and reports. */
export async function getRun(
  ctx: ViewContext,
  runId: string,
): Promise<RunDetail> {
  const { db } = ctx;
  const row = await findRun(ctx, runId);
  const id = num(row.id);
  const [summary] = await toRunSummaries(db, [row]);
  const definition = await readDefinition(ctx, num(row.version_id));
  const taskId = (no: number) => definition.tasks[no]?.id ?? `#${no}`;
  const stored = await db
    .table(db.knex, 'runs')
    .where({ id })
    .select('params')
    .first();
  const reports = (await db
    .table(db.knex, 'artifacts')
    .where({ run_id: id })
    .orderBy('id')) as ArtifactRow[];
  const tasks = await readTasks(ctx, id);
  return {
    ...summary,
    params: json(stored?.params ?? '{}'),
    definition,
    tasks: tasks.map(
      (task): TaskInstance => ({
        taskNo: task.task_no,
        taskId: taskId(task.task_no),
        mapIndex: task.map_index,
        state: task.state,
        reason: optionalText(task.reason),
        tryNumber: task.try_number,
        maxTries: (definition.tasks[task.task_no]?.retries ?? 0) + 1,
        attempts: task.attempt_seq,
        latestAttemptId: optionalText(task.attempt_id),
        executor: optionalText(task.executor),
        readyAt: optionalNum(task.ready_at),
        queuedAt: optionalNum(task.queued_at),
        startedAt: optionalNum(task.started_at),
        endedAt: optionalNum(task.ended_at),
        nextTryAt: optionalNum(task.next_try_at),
        slaState: task.sla_state,
      }),
    ),
    alerts: await readAlerts(ctx, id),
    reports: reports.map(
      (report): Report => ({
        taskId: taskId(report.task_no),
        mapIndex: report.map_index,
        name: report.name,
        title: optionalText(report.title),
        contentType: report.content_type,
        size: num(report.size),
        createdAt: num(report.created_at),
      }),
    ),
  };
}

/** Instances with the id of their newest attempt. */
async function readTasks({ db }: ViewContext, runId: number) {
  return (await db
    .knex('task_instances as t')
    .leftJoin('attempts as a', on =>
      on
        .on('a.run_id', 't.run_id')
        .andOn('a.task_no', 't.task_no')
        .andOn('a.map_index', 't.map_index')
        .andOn('a.seq', 't.attempt_seq'),
    )
    .where('t.run_id', runId)
    .orderBy([
      { column: 't.task_no', order: 'asc' },
      { column: 't.map_index', order: 'asc' },
    ])
    .select('t.*', 'a.attempt_id')) as (TaskInstanceRow & {
    attempt_id: string | null;
  })[];
}

/** The newest alerts of a run, newest first. */
async function readAlerts(
  { db }: ViewContext,
  runId: number,
): Promise<Alert[]> {
  const rows = await db
    .table(db.knex, 'events')
    .where({ run_id: runId, type: 'alert' })
    .orderBy('seq', 'desc')
    .limit(MAX_ALERTS)
    .select('at', 'attempt_id', 'body');
  return rows.map(row => ({
    ...json<Omit<Alert, 'at' | 'attemptId'>>(row.body),
    at: num(row.at),
    attemptId: optionalText(row.attempt_id),
  }));
}
