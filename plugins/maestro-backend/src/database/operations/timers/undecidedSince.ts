import type { Knex } from 'knex';
import { optionalNum } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/**
 * The first due time of a schedule that has no outcome yet, in epoch
 * milliseconds; every later one has none either. It may be over: with jitter,
 * a due time is decided when its start comes.
 *
 * @param ref - `pipelineId/scheduleId`, as of its tick timer
 * @returns undefined when nothing of it is due any more
 */
export async function undecidedSince(
  db: MaestroDatabase,
  tx: Tx | Knex,
  ref: string,
): Promise<number | undefined> {
  const armed = await db
    .table(tx, 'timers')
    .where({ kind: 'tick', ref })
    .first('due_at', 'for_due');
  return optionalNum(armed?.for_due ?? armed?.due_at);
}
