import type { StoredState } from '@maestro/plugin-maestro-common';
import { json, num, optionalNum } from '../database/conversion';
import { findRunKeys, findTaskNo } from './findRun';
import type { ViewContext } from './ViewContext';

/**
 * What a task instance keeps in its state store, by key. Who wrote it was kept
 * from storing secrets, so it is shown as it is.
 *
 * @throws NotFoundError
 */
export async function listTaskState(
  ctx: ViewContext,
  of: { runId: string; taskId: string; mapIndex: number },
): Promise<StoredState[]> {
  const { db } = ctx;
  const run = await findRunKeys(ctx, of.runId);
  await findTaskNo(ctx, run, of.taskId);
  const now = await db.now();
  const rows = await db
    .table(db.knex, 'task_states')
    .where({ run_id: run.id, task_id: of.taskId, map_index: of.mapIndex })
    .orderBy('key')
    .select('key', 'value', 'expires_at', 'updated_at');
  return rows
    .map(row => ({
      key: row.key,
      value: json(row.value),
      updatedAt: num(row.updated_at),
      expiresAt: optionalNum(row.expires_at),
    }))
    .filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now);
}

/** What tasks keep beside an asset, by key; nothing of one that has no state. */
export async function listAssetState(
  { db }: ViewContext,
  asset: string,
): Promise<StoredState[]> {
  const rows = await db
    .table(db.knex, 'asset_states')
    .where({ asset })
    .orderBy('key')
    .select('key', 'value', 'updated_at', 'updated_by');
  return rows.map(row => ({
    key: row.key,
    value: json(row.value),
    updatedAt: num(row.updated_at),
    updatedBy: row.updated_by,
  }));
}
