import type { KeepLimits } from '@maestro/plugin-maestro-common';
import type { Knex } from 'knex';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import { openLogs } from './removeRuns';

/** What of a run is removed. */
export type RetentionPart = 'runs' | 'logs' | 'artifacts';

/** Runs removed in one transaction, at most. */
export const RETENTION_BATCH = 200;

/**
 * Finished runs of a pipeline beyond its limits that still have the part,
 * oldest first, at most {@link RETENTION_BATCH}. A run whose log is not sealed
 * yet is left for the next time.
 */
export async function expiredRuns(
  db: MaestroDatabase,
  tx: Tx | Knex,
  of: {
    pipelineId: number;
    part: RetentionPart;
    limits: KeepLimits;
    now: number;
  },
): Promise<number[]> {
  const { pipelineId, part, limits, now } = of;
  const finished = () =>
    db
      .table(tx, 'runs')
      .where({ pipeline_id: pipelineId })
      .whereIn('state', ['success', 'failed']);
  const oldest =
    limits.maxCount === undefined
      ? undefined
      : await finished()
          .orderBy([
            { column: 'run_after', order: 'desc' },
            { column: 'id', order: 'desc' },
          ])
          .offset(limits.maxCount)
          .first('run_after', 'id');
  if (!oldest && limits.maxAgeMs === undefined) return [];
  // No run ends before it is due: so the index on that ends the search, and
  // what is kept is not read again each time.
  const cutoff =
    limits.maxAgeMs === undefined ? -Infinity : now - limits.maxAgeMs;
  const newest = Math.max(oldest ? num(oldest.run_after) : -Infinity, cutoff);
  const query = finished()
    .where('run_after', '<=', newest)
    .where(either => {
      if (oldest) {
        either.whereRaw('(run_after, id) <= (?, ?)', [
          num(oldest.run_after),
          num(oldest.id),
        ]);
      }
      if (limits.maxAgeMs !== undefined) {
        either.orWhere('ended_at', '<', cutoff);
      }
    })
    .whereNotExists(openLogs(tx) as never)
    .orderBy(['run_after', 'id'])
    .limit(RETENTION_BATCH)
    .select('id');
  if (part !== 'runs') query.whereNull(`${part}_removed_at`);
  return (await query).map(row => num(row.id));
}
