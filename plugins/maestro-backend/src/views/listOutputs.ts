import type { Output } from '@maestro/plugin-maestro-common';
import { json, num } from '../database/conversion';
import { findRunKeys } from './findRun';
import type { ViewContext } from './ViewContext';

/** Larger values are listed without value. */
const MAX_VALUE_BYTES = 64 * 1024;

/**
 * Outputs of a run, by task, map index and key.
 *
 * @param of - absent means all tasks, and all instances
 */
export async function listOutputs(
  ctx: ViewContext,
  runId: string,
  of: { taskId?: string; mapIndex?: number } = {},
): Promise<Output[]> {
  const { db } = ctx;
  const { id } = await findRunKeys(ctx, runId);
  const rows = (await db
    .knex('outputs as o')
    .leftJoin('attempts as a', 'a.attempt_id', 'o.attempt_id')
    .where({
      'o.run_id': id,
      ...(of.taskId === undefined ? {} : { 'o.task_id': of.taskId }),
      ...(of.mapIndex === undefined ? {} : { 'o.map_index': of.mapIndex }),
    })
    .orderBy(['o.task_id', 'o.map_index', 'o.key'])
    .select(
      'o.task_id',
      'o.map_index',
      'o.key',
      'o.size',
      'o.created_at',
      'o.attempt_id',
      'a.try_number',
      db.knex.raw(
        'case when o.size <= ? then coalesce(o.shown, o.value) end as value',
        [MAX_VALUE_BYTES],
      ),
    )) as {
    task_id: string;
    map_index: number;
    key: string;
    size: number | string;
    created_at: number | string;
    attempt_id: string;
    try_number: number | null;
    value: string | null;
  }[];
  return rows.map(row => ({
    taskId: row.task_id,
    mapIndex: row.map_index,
    key: row.key,
    value: row.value === null ? undefined : json(row.value),
    size: num(row.size),
    createdAt: num(row.created_at),
    attemptId: row.attempt_id,
    tryNumber: row.try_number ?? undefined,
  }));
}
