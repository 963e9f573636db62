import type { Knex } from 'knex';
import { num } from '../../conversion';

/** Events removed in one transaction, at most. */
export const ASSET_EVENT_BATCH = 200;

/** An asset event that goes. */
export interface ExpiredEvent {
  id: number;
  at: number;
}

/**
 * Asset events before an instant that nobody needs any more, oldest first, at
 * most {@link ASSET_EVENT_BATCH}. What stays, however old:
 *
 * - the newest event of each asset, which people see, and the newest of the asset
 *   as a whole: the one that tasks wait for; and the newest through each alias
 * - events that wait at a schedule for other assets, or for their decision; of those
 *   that wait for one partition only where something of it came since, or where an
 *   event waits for its decision at their schedule, which may be something of it
 * - those of the last run of a schedule: its cool-down counts from there
 * - those of an attempt that goes on: of one attempt there is one event of an
 *   asset, and with the row the next alert would be another one
 *
 * @param of.before - epoch milliseconds
 * @param of.after - the last one of the batch before: what was kept is not
 * looked at again
 * @param of.ids - only of these
 */
export async function expiredAssetEvents(
  knex: Knex,
  of: { before: number; after?: ExpiredEvent; ids?: readonly number[] },
): Promise<ExpiredEvent[]> {
  const newer = () =>
    knex('asset_events as n')
      .whereRaw('n.asset = e.asset')
      .whereRaw('(n.at, n.id) > (e.at, e.id)');
  const rows = await knex('asset_events as e')
    .where('e.at', '<', of.before)
    .where(q => {
      if (of.ids) q.whereIn('e.id', of.ids);
    })
    .where(q => {
      if (of.after) {
        q.whereRaw('(e.at, e.id) > (?, ?)', [of.after.at, of.after.id]);
      }
    })
    .where(q =>
      // Apart from each other: by the index of the events of assets as a whole
      // the last one of them is known without a look at partitions since.
      q
        .where(whole =>
          whole
            .whereNull('e.partition_key')
            .whereExists(newer().whereNull('n.partition_key')),
        )
        .orWhere(partition =>
          partition.whereNotNull('e.partition_key').whereExists(newer()),
        ),
    )
    .whereNotExists(
      knex('asset_event_aliases as a')
        .whereRaw('a.event_id = e.id')
        .whereNotExists(
          knex('asset_event_aliases as l')
            .whereRaw('l.alias = a.alias')
            .whereRaw('l.event_id > a.event_id'),
        ),
    )
    .whereNotExists(
      knex('asset_outcomes as o')
        .whereRaw('o.event_id = e.id')
        .where('o.outcome', 'waiting')
        .where(q =>
          q
            .whereNull('o.partition_key')
            .orWhereExists(
              knex('asset_outcomes as l')
                .whereRaw('l.pipeline_id = o.pipeline_id')
                .whereRaw('l.schedule_id = o.schedule_id')
                .whereRaw('l.partition_key = o.partition_key')
                // The words of the partial index.
                .whereRaw("l.outcome = 'waiting'")
                .where('l.decided_at', '>=', of.before),
            )
            .orWhereExists(
              knex('timers as t')
                .where('t.kind', 'asset')
                // eventId/pipelineId/scheduleId
                .whereRaw(
                  "t.ref like '%/' || o.pipeline_id || '/' || o.schedule_id",
                ),
            ),
        ),
    )
    .whereNotExists(
      knex('asset_outcomes as o')
        .whereRaw('o.event_id = e.id')
        .whereRaw("o.outcome = 'run'")
        .whereNotExists(
          knex('asset_outcomes as l')
            .whereRaw('l.pipeline_id = o.pipeline_id')
            .whereRaw('l.schedule_id = o.schedule_id')
            // The words of the partial index.
            .whereRaw("l.outcome = 'run'")
            .whereRaw('l.decided_at > o.decided_at'),
        ),
    )
    .whereNotExists(
      knex('attempts as a')
        .whereRaw('a.attempt_id = e.attempt_id')
        .whereRaw("a.state <> 'ended'"),
    )
    .whereNotExists(
      knex('timers as t')
        .where('t.kind', 'asset')
        // eventId/pipelineId/scheduleId
        .whereRaw("t.ref like e.id || '/%'"),
    )
    .orderBy(['e.at', 'e.id'])
    .limit(ASSET_EVENT_BATCH)
    .select('e.id', 'e.at');
  return rows.map(({ id, at }) => ({ id: num(id), at: num(at) }));
}
