import type { Knex } from 'knex';
import { optionalNum } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/** The last due time of a schedule that was decided. */
export async function lastTick(
  db: MaestroDatabase,
  tx: Tx | Knex,
  pipelineId: number,
  scheduleId: string,
): Promise<number | undefined> {
  const row = await db
    .table(tx, 'ticks')
    .where({ pipeline_id: pipelineId, schedule_id: scheduleId })
    .orderBy('due_at', 'desc')
    .first();
  return optionalNum((row as { due_at: number } | undefined)?.due_at);
}
