import type {
  Alert,
  Report,
  RunDetail,
  RunSummary,
  TaskInstance,
} from '@maestro/plugin-maestro-common';
import { instancesIn } from '@maestro/plugin-maestro-common';
import {
  bool,
  json,
  num,
  optionalNum,
  optionalText,
} from '../database/conversion';
import type { ArtifactRow } from '../database/tables';
import { assetEventsOfRun } from './assetEvents';
import { findRun, readDefinition } from './findRun';
import { mappedCounts, shownCounts } from './mappedCounts';
import { toRunSummaries } from './runRows';
import { type ListedTaskRow, readTaskRows, toTaskInstance } from './taskRows';
import type { ViewContext } from './ViewContext';
import { askingInstances, readRunLinks, readWaits } from './waits';

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
    .select('params', 'no_cache', 'parent_run', 'parent_task_no')
    .first();
  const reports = (await db
    .table(db.knex, 'artifacts')
    .where({ run_id: id })
    .orderBy('id')) as ArtifactRow[];
  const tasks: ListedTaskRow[] = await readTaskRows(ctx, id)
    // The instances of mapped tasks are counted here, and listed elsewhere.
    .where('t.map_index', -1)
    .orderBy('t.task_no');
  const counts = definition.tasks.some(task => task.map)
    ? (await mappedCounts(ctx, [id])).get(id)
    : undefined;
  const waits = await readWaits(db, id, definition);
  const asking = askingInstances(waits);
  return {
    ...summary,
    params: json(stored?.params ?? '{}'),
    noCache: stored ? bool(stored.no_cache) : undefined,
    definition,
    tasks: tasks.map((task): TaskInstance => {
      const instances = counts?.get(task.task_no);
      return {
        ...toTaskInstance(definition, task),
        wait: waits.get(`${task.task_no}/-1`),
        asking: asking.get(task.task_no),
        mapped:
          instances && instancesIn(instances) > 0
            ? shownCounts(instances)
            : undefined,
      };
    }),
    ...(await readRunLinks(
      ctx,
      {
        id,
        parentRun: optionalNum(stored?.parent_run),
        parentTaskNo: optionalNum(stored?.parent_task_no),
      },
      taskId,
    )),
    alerts: await readAlerts(ctx, id),
    ...(await assetEventsOfRun(ctx, id)),
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
