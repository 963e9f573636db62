import { num } from '../../conversion';
import type { MaestroDatabase } from '../../MaestroDatabase';
import type { OutcomePlace } from './waitingEvents';

/** Partitions of runs of which an event waits at a schedule, the oldest first. */
export async function waitingPartitions(
  db: MaestroDatabase,
  { pipelineId, scheduleId }: OutcomePlace,
  limit: number,
): Promise<{ count: number; oldest: Array<{ key: string; since: number }> }> {
  const waiting = () =>
    db
      .knex('asset_outcomes')
      .where({ pipeline_id: pipelineId, schedule_id: scheduleId })
      .whereNotNull('partition_key')
      // The words of the partial index.
      .whereRaw("outcome = 'waiting'");
  const [total] = await waiting().countDistinct({ n: 'partition_key' });
  const rows: Array<{
    partition_key: string;
    since: number | string;
  }> = await waiting()
    .groupBy('partition_key')
    .orderByRaw('min(event_id)')
    .limit(limit)
    .select('partition_key')
    .min({ since: 'decided_at' });
  return {
    count: num((total as { n: number | string }).n),
    oldest: rows.map(row => ({
      key: row.partition_key,
      since: num(row.since),
    })),
  };
}

/** The newest event of a schedule, where it is for no partition, and why. */
export async function newestRefusal(
  db: MaestroDatabase,
  { pipelineId, scheduleId }: OutcomePlace,
): Promise<{ asset: string; at: number; reason: string } | undefined> {
  const newest = await db
    .table(db.knex, 'asset_outcomes')
    .where({ pipeline_id: pipelineId, schedule_id: scheduleId })
    .orderBy('event_id', 'desc')
    .first('asset', 'outcome', 'reason', 'decided_at');
  const reason = newest?.outcome === 'skipped' ? newest.reason ?? '' : '';
  return newest && /^(no_partition$|unmapped: )/.test(reason)
    ? { asset: newest.asset, at: num(newest.decided_at), reason }
    : undefined;
}
