import type { StepCacheEntry } from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import type { StepCacheRow } from '../database/tables';
import { pipelineId } from './getPipeline';
import type { ViewContext } from './ViewContext';

/** Entries that are listed; house-keeping keeps about as many. */
const MAX_LISTED = 1_000;

/** Results that runs of a pipeline may reuse, newest first. */
export async function listStepCache(
  ctx: ViewContext,
  name: string,
): Promise<StepCacheEntry[]> {
  const { db } = ctx;
  const rows = (await db
    .table(db.knex, 'step_cache')
    .where({ pipeline_id: await pipelineId(ctx, name) })
    .where('expires_at', '>', await db.now())
    .orderBy('created_at', 'desc')
    .limit(MAX_LISTED)) as StepCacheRow[];
  return rows.map(row => ({
    key: row.key,
    taskId: row.task_id,
    runId: row.run_id,
    attemptId: row.attempt_id,
    durationMs: num(row.duration_ms),
    createdAt: num(row.created_at),
    expiresAt: num(row.expires_at),
    usedAt: num(row.used_at),
    hits: row.hits,
  }));
}
