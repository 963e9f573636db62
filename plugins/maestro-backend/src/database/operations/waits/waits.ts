import type { WaitKind } from '@maestro/plugin-maestro-common';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { WaitRow } from '../../tables';

/** The task instance that waits. */
export interface WaitKey {
  runId: number;
  taskNo: number;
  mapIndex: number;
}

/** A wait that begins. */
export interface NewWait {
  waitId: string;
  kind: WaitKind;
  /** For people, secrets masked. */
  what: string;
  /** What is waited for, resolved when it began. */
  trigger: Record<string, unknown>;
  nextLookAt?: number;
  timeoutAt?: number;
  awaitedPipeline?: string;
  awaitedAsset?: string;
  childRun?: number;
  /** Of a trigger: the attempt that began it. */
  attemptId?: string;
  /** Of a trigger: how the task goes on; `sealed` are its arguments. */
  next?: { method: string; sealed: string };
}

/** `ref` of the timer of a wait. */
export function waitRef({ runId, taskNo, mapIndex }: WaitKey): string {
  return `${runId}/${taskNo}/${mapIndex}`;
}

/** The other direction of {@link waitRef}. */
export function parseWaitRef(ref: string): WaitKey {
  const [runId, taskNo, mapIndex] = ref.split('/').map(Number);
  return { runId, taskNo, mapIndex };
}

/** The wait of a task instance. */
export async function findWait(
  db: MaestroDatabase,
  tx: Tx,
  key: WaitKey,
): Promise<WaitRow | undefined> {
  return (await db.table(tx, 'waits').where(columns(key)).first()) as
    | WaitRow
    | undefined;
}

/** Stores a wait; there is none of that task instance. */
export async function insertWait(
  db: MaestroDatabase,
  tx: Tx,
  key: WaitKey,
  wait: NewWait,
  now: number,
): Promise<void> {
  await db.table(tx, 'waits').insert({
    ...columns(key),
    wait_id: wait.waitId,
    kind: wait.kind,
    what: wait.what,
    trigger: JSON.stringify(wait.trigger),
    trigger_timeout_at: wait.timeoutAt ?? null,
    next_look_at: wait.nextLookAt ?? null,
    awaited_pipeline: wait.awaitedPipeline ?? null,
    awaited_asset: wait.awaitedAsset ?? null,
    child_run: wait.childRun ?? null,
    attempt_id: wait.attemptId ?? null,
    next_method: wait.next?.method ?? null,
    next_kwargs: wait.next?.sealed ?? null,
    created_at: now,
  } as never);
}

/** Changes a wait, if it is still the same one. */
export async function updateWait(
  db: MaestroDatabase,
  tx: Tx,
  waitId: string,
  change: Partial<WaitRow>,
): Promise<void> {
  await db.table(tx, 'waits').where({ wait_id: waitId }).update(change);
}

/** Deletes the wait of a task instance; one that is not there is fine. */
export async function deleteWait(
  db: MaestroDatabase,
  tx: Tx,
  key: WaitKey,
): Promise<void> {
  await db.table(tx, 'waits').where(columns(key)).delete();
}

function columns({ runId, taskNo, mapIndex }: WaitKey) {
  return { run_id: runId, task_no: taskNo, map_index: mapIndex };
}
