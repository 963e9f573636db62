import { NotFoundError } from '@backstage/errors';
import { findRunKeys } from './findRun';
import type { ViewContext } from './ViewContext';

/**
 * An output as people may see it: its JSON text, or where that is stored. What
 * is stored apart holds no secret: such a one was refused.
 *
 * @throws NotFoundError
 */
export async function findOutput(
  ctx: ViewContext,
  of: { runId: string; taskId: string; mapIndex: number; key: string },
): Promise<{ text: string; location?: string }> {
  const { db } = ctx;
  const { id } = await findRunKeys(ctx, of.runId);
  const row = await db
    .table(db.knex, 'outputs')
    .where({
      run_id: id,
      task_id: of.taskId,
      map_index: of.mapIndex,
      key: of.key,
    })
    .first('value', 'shown', 'blob');
  if (!row) {
    const index = of.mapIndex < 0 ? '' : `[${of.mapIndex}]`;
    throw new NotFoundError(
      `Task "${of.taskId}"${index} has no output "${of.key}" in this run; the run lists those there are`,
    );
  }
  return {
    text: row.shown ?? row.value ?? 'null',
    location: row.shown === null ? row.blob ?? undefined : undefined,
  };
}
