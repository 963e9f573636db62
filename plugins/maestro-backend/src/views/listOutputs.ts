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
    .knex('outputs')
    .where({
      run_id: id,
      ...(of.taskId === undefined ? {} : { task_id: of.taskId }),
      ...(of.mapIndex === undefined ? {} : { map_index: of.mapIndex }),
    })
    .orderBy(['task_id', 'map_index', 'key'])
    .select(
      'task_id',
      'map_index',
      'key',
      'size',
      'created_at',
      db.knex.raw(
        'case when size <= ? then coalesce(shown, value) end as value',
        [MAX_VALUE_BYTES],
      ),
    )) as {
    task_id: string;
    map_index: number;
    key: string;
    size: number | string;
    created_at: number | string;
    value: string | null;
  }[];
  return rows.map(row => ({
    taskId: row.task_id,
    mapIndex: row.map_index,
    key: row.key,
    value: row.value === null ? undefined : json(row.value),
    size: num(row.size),
    createdAt: num(row.created_at),
  }));
}
