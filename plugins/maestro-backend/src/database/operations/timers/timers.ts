import { ConflictError } from '@backstage/errors';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/**
 * What a timer is for; `ref` says which one.
 *
 * - `tick`: pipelineId/scheduleId
 * - `retry`: runId/taskNo/mapIndex
 * - `group_retry`: runId/groupNo
 * - `past`: runId, which looks at the run before it
 * - `task_timeout`: attempt id
 * - `run_timeout`, `sla`: run id
 * - `task_sla`, `queued_timeout`: runId/taskNo/mapIndex
 * - `backfill`: its internal id
 * - `wait`: runId/taskNo/mapIndex; the next look, or the end of the waiting
 * - `sub_run`: id of a run whose starter may not wait for it any more
 * - `asset`: eventId/pipelineId/scheduleId
 */
export type TimerKind =
  | 'tick'
  | 'retry'
  | 'group_retry'
  | 'past'
  | 'task_timeout'
  | 'run_timeout'
  | 'sla'
  | 'task_sla'
  | 'queued_timeout'
  | 'backfill'
  | 'wait'
  | 'sub_run'
  | 'asset';

/** A timer that is to be set. */
export interface NewTimer {
  kind: TimerKind;
  ref: string;
  dueAt: number;
  runId?: number;
  /** Of a tick whose start is moved: its due time. */
  forDue?: number;
}

/** Sets a timer, or moves the one there is. */
export async function setTimer(
  db: MaestroDatabase,
  tx: Tx,
  timer: NewTimer,
): Promise<void> {
  await setTimers(db, tx, [timer]);
}

/** The same for several, none twice, in one statement each 400. */
export async function setTimers(
  db: MaestroDatabase,
  tx: Tx,
  timers: readonly NewTimer[],
): Promise<void> {
  for (let i = 0; i < timers.length; i += 400) {
    await db
      .table(tx, 'timers')
      .insert(
        timers.slice(i, i + 400).map(timer => ({
          kind: timer.kind,
          ref: timer.ref,
          due_at: timer.dueAt,
          run_id: timer.runId ?? null,
          for_due: timer.forDue ?? null,
        })),
      )
      .onConflict(['kind', 'ref'])
      .merge(['due_at', 'for_due']);
  }
}

/**
 * Moves a timer that is there and has no due time of its own (`forDue`): one that
 * another version of its pipeline has set for something else stays as it is.
 *
 * On PostgreSQL a statement that waits for another transaction, which takes the
 * timer and sets the next one, finds only the one that is gone. A second one sees
 * what that transaction has set.
 */
export async function moveTimer(
  db: MaestroDatabase,
  tx: Tx,
  { kind, ref, dueAt }: Pick<NewTimer, 'kind' | 'ref' | 'dueAt'>,
): Promise<void> {
  const move = () =>
    db
      .table(tx, 'timers')
      .where({ kind, ref })
      .whereNull('for_due')
      .update({ due_at: dueAt });
  const moved = await move();
  if (moved === 0 && db.dialect === 'postgres') await move();
}

/** Sets a timer unless there is one already, which stays as it is. */
export async function ensureTimer(
  db: MaestroDatabase,
  tx: Tx,
  timer: { kind: TimerKind; ref: string; dueAt: number; runId: number },
): Promise<void> {
  await db
    .table(tx, 'timers')
    .insert({
      kind: timer.kind,
      ref: timer.ref,
      due_at: timer.dueAt,
      run_id: timer.runId,
    })
    .onConflict(['kind', 'ref'])
    .ignore();
}

/** Takes a timer back; one that is not there is fine. */
export async function clearTimer(
  db: MaestroDatabase,
  tx: Tx,
  kind: TimerKind,
  ref: string,
): Promise<void> {
  await clearTimers(db, tx, kind, [ref]);
}

/** The same for several of a kind, in one statement each 400. */
export async function clearTimers(
  db: MaestroDatabase,
  tx: Tx,
  kind: TimerKind,
  refs: readonly string[],
): Promise<void> {
  for (let i = 0; i < refs.length; i += 400) {
    await db
      .table(tx, 'timers')
      .where({ kind })
      .whereIn('ref', refs.slice(i, i + 400) as never)
      .delete();
  }
}

/**
 * Takes a timer back if it is due at an instant or later.
 *
 * @returns false when there is none, or it is due before that and stays
 */
export async function clearTimerFrom(
  db: MaestroDatabase,
  tx: Tx,
  { kind, ref }: Pick<NewTimer, 'kind' | 'ref'>,
  at: number,
): Promise<boolean> {
  const cleared = await db
    .table(tx, 'timers')
    .where({ kind, ref })
    .where('due_at', '>=', at)
    .delete();
  return cleared === 1;
}

/**
 * Takes a timer that is due, under the guard that nobody moved it meanwhile.
 *
 * @returns false when another scheduler took or moved it
 */
export async function takeTimer(
  db: MaestroDatabase,
  tx: Tx,
  timer: { id: number; dueAt: number },
): Promise<boolean> {
  const taken = await db
    .table(tx, 'timers')
    .where({ id: timer.id, due_at: timer.dueAt })
    .delete();
  return taken === 1;
}

/**
 * Takes several timers, each under the same guard.
 *
 * @returns ids of those that nobody took or moved before
 * @throws ConflictError when one is taken meanwhile; whoever takes ticks holds
 * the locks of their pipelines, so nobody does
 */
export async function takeTimers(
  db: MaestroDatabase,
  tx: Tx,
  timers: ReadonlyArray<{ id: number; dueAt: number }>,
): Promise<Set<number>> {
  const [only] = timers;
  if (timers.length === 1) {
    return new Set((await takeTimer(db, tx, only)) ? [only.id] : []);
  }
  const dueAt = new Map(timers.map(timer => [timer.id, timer.dueAt]));
  const found = await db
    .table(tx, 'timers')
    .whereIn('id', [...dueAt.keys()])
    .orderBy('id')
    .select('id', 'due_at');
  const ids = found
    .filter(row => num(row.due_at) === dueAt.get(num(row.id)))
    .map(row => num(row.id));
  if (ids.length === 0) return new Set();
  const taken = await db.table(tx, 'timers').whereIn('id', ids).delete();
  if (taken === ids.length) return new Set(ids);
  throw new ConflictError(
    `${ids.length - taken} of ${ids.length} timers were taken meanwhile`,
  );
}

/**
 * Makes timers due now. Who holds one of them is just looking, and looks again
 * by itself: on PostgreSQL such are passed over, so that nobody waits for
 * anybody here.
 */
export async function hurryTimers(
  db: MaestroDatabase,
  tx: Tx,
  kind: TimerKind,
  refs: readonly string[],
  now: number,
): Promise<void> {
  for (let i = 0; i < refs.length; i += 400) {
    const query = db
      .table(tx, 'timers')
      .where({ kind })
      .whereIn('ref', refs.slice(i, i + 400) as never)
      .where('due_at', '>', now)
      .orderBy('id')
      .select('id');
    if (db.dialect === 'postgres') query.forUpdate().skipLocked();
    const ids = (await query).map(row => row.id);
    if (ids.length > 0) {
      await db
        .table(tx, 'timers')
        .whereIn('id', ids as never)
        .update({ due_at: now });
    }
  }
}
