import type { RunEvent } from '@maestro/plugin-maestro-common';
import { json, num, optionalText } from '../database/conversion';
import { findRunKeys } from './findRun';
import type { ViewContext } from './ViewContext';

/** Events of a run after a sequence number, oldest first. */
export async function listEvents(
  ctx: ViewContext,
  options: { runId: string; after: number; limit: number },
): Promise<RunEvent[]> {
  const { db } = ctx;
  const { id } = await findRunKeys(ctx, options.runId);
  const rows = await db
    .table(db.knex, 'events')
    .where({ run_id: id })
    .andWhere('seq', '>', options.after)
    .orderBy('seq')
    .limit(options.limit);
  return rows.map(row => ({
    seq: num(row.seq),
    at: num(row.at),
    type: row.type,
    actor: optionalText(row.actor),
    attemptId: optionalText(row.attempt_id),
    body: json(row.body),
  }));
}
