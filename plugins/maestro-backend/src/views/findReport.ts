import { NotFoundError } from '@backstage/errors';
import { num } from '../database/conversion';
import { findRunKeys, findTaskNo } from './findRun';
import type { ViewContext } from './ViewContext';

/** Where the bytes of a report stand, and what they are. */
export async function findReport(
  ctx: ViewContext,
  options: { runId: string; taskId: string; mapIndex: number; name: string },
): Promise<{ location: string; contentType: string; size: number }> {
  const { db } = ctx;
  const run = await findRunKeys(ctx, options.runId);
  const row = await db
    .table(db.knex, 'artifacts')
    .where({
      run_id: run.id,
      task_no: await findTaskNo(ctx, run, options.taskId),
      map_index: options.mapIndex,
      name: options.name,
    })
    .first();
  if (!row) {
    throw new NotFoundError(
      `Task "${options.taskId}" has no report "${options.name}" in this run; the run lists those there are`,
    );
  }
  return {
    location: row.location,
    contentType: row.content_type,
    size: num(row.size),
  };
}
