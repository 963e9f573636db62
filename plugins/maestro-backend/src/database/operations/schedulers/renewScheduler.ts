import type { Knex } from 'knex';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { SchedulerRow } from '../../tables';

/** Rows of processes that were killed are of no use to anybody after a day. */
const KEEP_MS = 24 * 60 * 60_000;

/** Says that a process lives, by the clock of the database. */
export async function renewScheduler(
  db: MaestroDatabase,
  tx: Tx | Knex,
  scheduler: Omit<SchedulerRow, 'seen_at' | 'started_at'>,
): Promise<void> {
  const now = await db.now(tx);
  const { name, ...rest } = scheduler;
  const renewed = await db
    .table(tx, 'schedulers')
    .where({ name })
    .update({ ...rest, seen_at: now });
  if (renewed > 0) return;
  await db
    .table(tx, 'schedulers')
    .insert({ ...scheduler, started_at: now, seen_at: now });
  await db
    .table(tx, 'schedulers')
    .where('seen_at', '<', now - KEEP_MS)
    .delete();
}

/** It stops in order: from now on nobody waits for it. */
export async function removeScheduler(
  db: MaestroDatabase,
  tx: Tx | Knex,
  name: string,
): Promise<void> {
  await db.table(tx, 'schedulers').where({ name }).delete();
}
