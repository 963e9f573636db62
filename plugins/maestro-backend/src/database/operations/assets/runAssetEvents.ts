import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/** An asset event as expressions and tasks of a run see it. */
export interface SeenAssetEvent {
  asset: string;
  /** Names of the aliases through which it came, without `@`. */
  aliases?: string[];
  /** ISO 8601, UTC. */
  at: string;
  extra: unknown;
  /** Key of the partition of the asset. */
  partition?: string;
  /** Who caused it, as far as it was a run. */
  pipeline?: string;
  run_id?: string;
  task?: string;
}

/** Pins the events to the run that they start. */
export async function storeRunAssetEvents(
  db: MaestroDatabase,
  tx: Tx,
  runId: number,
  events: ReadonlyArray<{ id: number; seen: SeenAssetEvent }>,
): Promise<void> {
  if (events.length === 0) return;
  await db.table(tx, 'run_asset_events').insert(
    events.map(({ id, seen }) => ({
      run_id: runId,
      event_id: id,
      body: JSON.stringify(seen),
    })),
  );
}

/** The events that started a run, oldest first; none for any other run. */
export async function readRunAssetEvents(
  db: MaestroDatabase,
  tx: Tx,
  runId: number,
): Promise<SeenAssetEvent[]> {
  const rows = await db
    .table(tx, 'run_asset_events')
    .where({ run_id: runId })
    .orderBy('event_id')
    .select('body');
  // A list of ours: the one of a native driver may be of another realm, which
  // expressions do not know.
  return Array.from(rows, ({ body }) => JSON.parse(body));
}
