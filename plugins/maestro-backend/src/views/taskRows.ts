import type {
  PipelineDefinition,
  TaskInstance,
} from '@maestro/plugin-maestro-common';
import type { Knex } from 'knex';
import { json, optionalNum, optionalText } from '../database/conversion';
import type { TaskInstanceRow } from '../database/tables';
import type { CacheHit } from '../engine/stepCache';
import type { ViewContext } from './ViewContext';

/** A task instance with the id of its newest attempt. */
export type ListedTaskRow = TaskInstanceRow & { attempt_id: string | null };

/** Task instances of a run; conditions and order are the caller's. */
export function readTaskRows(
  { db }: ViewContext,
  runId: number,
): Knex.QueryBuilder<ListedTaskRow, ListedTaskRow[]> {
  return db
    .knex('task_instances as t')
    .leftJoin('attempts as a', on =>
      on
        .on('a.run_id', 't.run_id')
        .andOn('a.task_no', 't.task_no')
        .andOn('a.map_index', 't.map_index')
        .andOn('a.seq', 't.attempt_seq'),
    )
    .where('t.run_id', runId)
    .select('t.*', 'a.attempt_id');
}

/** What it was given; a state by hand afterwards says something else. */
function cacheHitOf(task: TaskInstanceRow): TaskInstance['cacheHit'] {
  if (task.cache_hit === null || task.state !== 'success') return undefined;
  const { runId, attemptId, savedMs } = json<CacheHit>(task.cache_hit);
  return { runId, attemptId, savedMs };
}

/** A row as the API shows it. */
export function toTaskInstance(
  definition: PipelineDefinition,
  row: ListedTaskRow,
): TaskInstance {
  const task = definition.tasks[row.task_no];
  return {
    taskNo: row.task_no,
    taskId: task?.id ?? `#${row.task_no}`,
    mapIndex: row.map_index,
    state: row.state,
    reason: optionalText(row.reason),
    tryNumber: row.try_number,
    maxTries: (task?.retries ?? 0) + 1,
    attempts: row.attempt_seq,
    latestAttemptId: optionalText(row.attempt_id),
    executor: optionalText(row.executor),
    readyAt: optionalNum(row.ready_at),
    queuedAt: optionalNum(row.queued_at),
    startedAt: optionalNum(row.started_at),
    endedAt: optionalNum(row.ended_at),
    nextTryAt: optionalNum(row.next_try_at),
    cacheHit: cacheHitOf(row),
    slaState: row.sla_state,
  };
}
