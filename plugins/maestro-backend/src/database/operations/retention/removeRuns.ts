import type { Knex } from 'knex';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import { throwAway } from './throwAway';

/** Tables with rows of a run, children first. */
const CHILDREN = [
  'timers',
  'group_retries',
  'waits',
  'task_states',
  'outputs',
  'artifacts',
  'run_asset_events',
  'events',
  'attempts',
  'task_instances',
] as const;

/**
 * Deletes runs with everything that belongs to them. Their objects are written
 * down as garbage in the same transaction, so that a crash leaves none behind.
 * The outcome of their due times stays, of ticks and of backfills, and that of
 * their asset events, without the run: none is decided twice, and an event may
 * still be on its way.
 *
 * @returns how many were deleted: none that was started again meanwhile, or
 * whose log is still being stored
 */
export async function removeRuns(
  db: MaestroDatabase,
  tx: Tx,
  ids: readonly number[],
): Promise<number> {
  const final = await lockFinal(db, tx, ids);
  if (final.length === 0) return 0;
  await throwAway(db, tx, [
    ...(await logsOf(tx, final)),
    ...(await locationsOf(tx, 'artifacts', 'location', final)),
    ...(await locationsOf(tx, 'outputs', 'blob', final)),
  ]);
  await tx('log_chunks')
    .whereIn('attempt', tx('attempts').whereIn('run_id', final).select('id'))
    .delete();
  for (const table of CHILDREN) {
    await tx(table).whereIn('run_id', final).delete();
  }
  // In the order in which events go with their outcomes, see removeAssetEvents.
  for (const table of ['asset_outcomes', 'asset_events']) {
    await tx(table).whereIn('run_id', final).update({ run_id: null });
  }
  return tx('runs').whereIn('id', final).delete();
}

/** Removes the logs of runs; the rest of them stays. */
export async function removeLogs(
  db: MaestroDatabase,
  tx: Tx,
  ids: readonly number[],
): Promise<number> {
  const final = await lockFinal(db, tx, ids);
  if (final.length === 0) return 0;
  await throwAway(db, tx, await logsOf(tx, final));
  await tx('attempts')
    .whereIn('run_id', final)
    .where('log_state', 'sealed')
    .update({ log_state: 'removed', log_location: null });
  return tx('runs')
    .whereIn('id', final)
    .update({ logs_removed_at: await db.now(tx) });
}

/** Removes the reports of runs; the rest of them stays. */
export async function removeArtifacts(
  db: MaestroDatabase,
  tx: Tx,
  ids: readonly number[],
): Promise<number> {
  const final = await lockFinal(db, tx, ids);
  if (final.length === 0) return 0;
  await throwAway(
    db,
    tx,
    await locationsOf(tx, 'artifacts', 'location', final),
  );
  await tx('artifacts').whereIn('run_id', final).delete();
  return tx('runs')
    .whereIn('id', final)
    .update({ artifacts_removed_at: await db.now(tx) });
}

/**
 * The run lock, by ascending id; those that are still over and whose log is
 * stored: who stores it now would leave an object that nobody knows.
 */
async function lockFinal(
  db: MaestroDatabase,
  tx: Tx,
  ids: readonly number[],
): Promise<number[]> {
  const query = tx('runs')
    .whereIn('id', [...ids])
    .whereIn('state', ['success', 'failed'])
    .whereNotExists(openLogs(tx) as never)
    .orderBy('id')
    .select('id');
  if (db.dialect === 'postgres') query.forUpdate();
  return (await query).map(row => num(row.id));
}

/** A condition on `runs`: attempts whose log is not stored yet. */
export function openLogs(tx: Tx | Knex) {
  return tx('attempts')
    .whereRaw('attempts.run_id = runs.id')
    .where('log_state', 'open')
    .select(tx.raw('1'));
}

async function logsOf(tx: Tx, ids: readonly number[]): Promise<string[]> {
  return tx('attempts')
    .whereIn('run_id', [...ids])
    .whereNotNull('log_location')
    .pluck('log_location');
}

async function locationsOf(
  tx: Tx,
  table: 'artifacts' | 'outputs',
  column: string,
  ids: readonly number[],
): Promise<string[]> {
  return tx(table)
    .whereIn('run_id', [...ids])
    .whereNotNull(column)
    .pluck(column);
}
