import type { Knex } from 'knex';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { AttemptRow, ExecutorInstanceRow } from '../../tables';

/**
 * Live attempts that match, through the partial indexes on them: the cost
 * follows what runs now, not what ever ran. SQLite uses them only for the very
 * words of their condition: for `not state = ?` it reads all that ever ran.
 */
export async function countLiveAttempts(
  db: MaestroDatabase,
  tx: Tx,
  match: Partial<AttemptRow>,
): Promise<number> {
  const row = await db
    .table(tx, 'attempts')
    .where(match)
    .whereRaw("state <> 'ended'")
    .count({ live: '*' })
    .first();
  return num((row as unknown as { live: number }).live);
}

/** Whether tasks of other runs are ready and not claimed. */
export async function otherRunsWait(
  db: MaestroDatabase,
  tx: Tx,
  runId: number,
): Promise<boolean> {
  const row = await db
    .table(tx, 'task_instances')
    .where('state', 'scheduled')
    .whereNot('run_id', runId)
    .select('run_id')
    .first();
  return row !== undefined;
}

/**
 * Serialises claims on the slots of an executor, against each other and against
 * those who end the work of instances that are silent for too long. On SQLite
 * there is one writer, and one process, which ends nothing of its own.
 *
 * @returns milliseconds since it was last heard of; undefined on SQLite
 */
export async function lockExecutor(
  db: MaestroDatabase,
  tx: Tx,
  instance: { executor: string; instance: string },
  now: number,
): Promise<{ silentMs: number; ttlMs: number } | undefined> {
  if (db.dialect === 'sqlite') return undefined;
  const row = (await db
    .table(tx, 'executor_instances')
    .where(instance)
    .forUpdate()
    .first('seen_at', 'ttl')) as ExecutorInstanceRow | undefined;
  // One that was never heard of is silent for ever.
  return row
    ? { silentMs: now - num(row.seen_at), ttlMs: num(row.ttl) }
    : { silentMs: Infinity, ttlMs: 0 };
}

/**
 * Locks an executor instance.
 *
 * @returns whether nothing was heard of it since `last` was read
 */
export async function isUnheard(
  db: MaestroDatabase,
  tx: Tx,
  last: ExecutorInstanceRow,
): Promise<boolean> {
  const query = db
    .table(tx, 'executor_instances')
    .where({ executor: last.executor, instance: last.instance })
    .first('seen_at');
  if (db.dialect === 'postgres') query.forUpdate();
  const row = (await query) as ExecutorInstanceRow | undefined;
  return row !== undefined && num(row.seen_at) === num(last.seen_at);
}

/** Whether some scheduler has or had an executor of this name. */
export async function isHadElsewhere(
  db: MaestroDatabase,
  tx: Tx,
  executor: string,
): Promise<boolean> {
  const row = await db
    .table(tx, 'executor_instances')
    .where({ executor })
    .first('executor');
  return row !== undefined;
}

/** Another instance of an executor that was heard of within its TTL. */
export async function otherInstance(
  db: MaestroDatabase,
  tx: Tx | Knex,
  { name, instance }: { name: string; instance: string },
): Promise<ExecutorInstanceRow | undefined> {
  const rows = (await db
    .table(tx, 'executor_instances')
    .where({ executor: name })) as ExecutorInstanceRow[];
  const now = await db.now(tx);
  return rows.find(
    one => one.instance !== instance && num(one.seen_at) + num(one.ttl) > now,
  );
}

/** Serialises what is counted over a pipeline. */
export async function lockPipeline(
  db: MaestroDatabase,
  tx: Tx,
  pipelineId: number,
): Promise<void> {
  if (db.dialect === 'sqlite') return;
  await db
    .table(tx, 'pipelines')
    .where({ id: pipelineId })
    .forUpdate()
    .select('id');
}

/** Serialises what is counted under a name that has no row of its own. */
export async function lockLimit(
  db: MaestroDatabase,
  tx: Tx,
  name: string,
): Promise<void> {
  if (db.dialect === 'sqlite') return;
  const lock = () =>
    db.table(tx, 'limit_locks').where({ name }).forUpdate().first('name');
  if (await lock()) return;
  await db
    .table(tx, 'limit_locks')
    .insert({ name })
    .onConflict(['name'])
    .ignore();
  await lock();
}

/**
 * Locks a pool.
 *
 * @returns its slots; 0 when there is no such pool, so that its tasks wait and
 * say so, instead of failing the run
 */
export async function lockPool(
  db: MaestroDatabase,
  tx: Tx,
  name: string,
): Promise<number> {
  const query = db.table(tx, 'pools').where({ name }).first();
  if (db.dialect === 'postgres') query.forUpdate();
  const pool = (await query) as { slots: number } | undefined;
  return pool?.slots ?? 0;
}
