import { aliasName } from '@maestro/plugin-maestro-common';
import type { Knex } from 'knex';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { AssetEventRow } from '../../tables';

/** Where the outcome of an event stands. */
export interface OutcomePlace {
  pipelineId: number;
  scheduleId: string;
  /** Of the partition that the run is about, where runs have one. */
  partitionKey?: string;
}

/** What waits at a schedule for other assets. */
export interface WaitingEvents {
  /** Assets, and aliases of assets, of which at least one event waits. */
  assets: Set<string>;
  /** The event that waits longest, and when it was decided that it waits. */
  oldest?: { eventId: number; decidedAt: number };
  /** Ids of the newest ones, ascending. */
  newest: number[];
}

/**
 * What waits at a schedule. Of an asset that another one never follows events
 * gather without end: as many rows are read as are asked for, not all of them.
 *
 * @param of.names - assets and aliases that are looked for
 * @param of.newest - how many of the newest events
 */
export async function waitingEvents(
  db: MaestroDatabase,
  tx: Tx | Knex,
  { pipelineId, scheduleId, partitionKey }: OutcomePlace,
  of: { names: readonly string[]; newest: number },
): Promise<WaitingEvents> {
  const waiting = () =>
    db
      .table(tx, 'asset_outcomes')
      .where({
        pipeline_id: pipelineId,
        schedule_id: scheduleId,
        ...(partitionKey === undefined ? {} : { partition_key: partitionKey }),
      })
      // The words of the partial indexes.
      .whereRaw("outcome = 'waiting'");
  const oldest = await waiting()
    .orderBy('event_id')
    .first('event_id', 'decided_at');
  if (!oldest) return { assets: new Set(), newest: [] };
  const assets = new Set<string>();
  for (const name of of.names) {
    const alias = aliasName(name);
    const found =
      alias === undefined
        ? waiting().where({ asset: name })
        : waiting().whereIn(
            'asset',
            db.table(tx, 'asset_aliases').where({ alias }).select('asset'),
          );
    if (await found.first('event_id')) assets.add(name);
  }
  const newest =
    of.newest === 0
      ? []
      : await waiting()
          .orderBy('event_id', 'desc')
          .limit(of.newest)
          .select('event_id');
  return {
    assets,
    oldest: {
      eventId: num(oldest.event_id),
      decidedAt: num(oldest.decided_at),
    },
    newest: newest.map(row => num(row.event_id)).reverse(),
  };
}

/** Gives what waited to a run. */
export async function giveToRun(
  db: MaestroDatabase,
  tx: Tx,
  { pipelineId, scheduleId, partitionKey }: OutcomePlace,
  run: { id: number; decidedAt: number },
): Promise<void> {
  await db
    .table(tx, 'asset_outcomes')
    .where({
      pipeline_id: pipelineId,
      schedule_id: scheduleId,
      ...(partitionKey === undefined ? {} : { partition_key: partitionKey }),
    })
    .whereRaw("outcome = 'waiting'")
    .update({
      outcome: 'run',
      run_id: run.id,
      reason: null,
      decided_at: run.decidedAt,
    });
}

/** Events by id, oldest first. */
export async function eventsById(
  db: MaestroDatabase,
  tx: Tx | Knex,
  ids: readonly number[],
): Promise<AssetEventRow[]> {
  const rows: AssetEventRow[] = [];
  for (let i = 0; i < ids.length; i += 400) {
    const some = (await db
      .table(tx, 'asset_events')
      .whereIn('id', ids.slice(i, i + 400) as never)
      .orderBy('id')) as AssetEventRow[];
    rows.push(...some);
  }
  return rows;
}
