import { ConflictError } from '@backstage/errors';
import type { TaskDefinition } from '@maestro/plugin-maestro-common';
import type { AttemptOutcome } from '@maestro/plugin-maestro-node';
import { json } from '../database/conversion';
import { setTimer } from '../database/operations/timers/timers';
import type { AttemptRow } from '../database/tables';
import { retryRef } from './followFailure';
import type { RunDraft } from './RunDraft';

/**
 * What a task said of itself before its process ended. From then on it counts
 * and not the process: one that has said "success" and is killed while it
 * cleans up was a success.
 */
export type DeclaredOutcome =
  /** `assets`: those that have an event with it, beside what it produces. */
  | { declared: 'success'; assets?: DeclaredAsset[] }
  | { declared: 'skipped' }
  /** `final`: no retry, however many are left. */
  | { declared: 'failed'; final: boolean; message?: string; delayMs?: number }
  /** The same try goes on later, epoch milliseconds. */
  | { declared: 'reschedule'; at: number }
  | DeclaredDeferral;

/** The same try goes on when a trigger has fired, or somebody has answered. */
export interface DeclaredDeferral {
  declared: 'deferred';
  /** Class of the trigger; without one it waits for an answer of people. */
  classpath?: string;
  /** From the end of the attempt. */
  timeoutMs?: number;
  /** Of the operator; called with what the trigger has found, or the answer. */
  nextMethod: string;
  /** JSON of {@link DeferralArguments}; there may be secrets in it. */
  sealed: string;
}

/** What a trigger, and the task after it, are called with. */
export interface DeferralArguments {
  trigger: Record<string, unknown>;
  next: Record<string, unknown>;
  /**
   * What nothing of the task may show, as far as it was known when it began to
   * wait: its log, which keeps it too, may be sealed before it goes on.
   */
  secrets?: string[];
}

/** An event of an asset, or of one partition of it, with what the task says. */
export interface DeclaredAsset {
  asset: string;
  /** Absent means that of the run. */
  partition?: string;
  /** Names of the aliases through which it is given, without `@`. */
  aliases?: string[];
  extra?: Record<string, unknown>;
}

/** `follow_up.action` of an attempt whose try goes on in another one. */
export const RESCHEDULED = 'reschedule';

/** How `follow_up` of such an attempt begins; what comes after it may be any text. */
export const RESCHEDULED_START = `{"action":"${RESCHEDULED}"`;

/**
 * Keeps what a task says, in the attempt, until its process has ended. The
 * same again changes nothing.
 *
 * @throws ConflictError when it said something else before, or was cancelled
 */
export function declareOutcome(
  draft: RunDraft,
  attempt: AttemptRow,
  outcome: DeclaredOutcome,
): void {
  if (attempt.state === 'ended' || attempt.cancel_requested_at !== null) {
    throw new ConflictError('The attempt is over, or is being ended');
  }
  const text = JSON.stringify(outcome);
  if (attempt.follow_up === text) return;
  if (attempt.follow_up !== null) {
    throw new ConflictError(
      `The task has said ${attempt.follow_up} already, and cannot say ${text}`,
    );
  }
  draft.updateAttempt(attempt, { follow_up: text });
}

/** Whether the word of the task counts and not the exit code of its process. */
export function speaksForItself({
  airflow,
  airflowPath,
}: TaskDefinition): boolean {
  return (
    airflow !== undefined && !airflow.empty && airflowPath?.path !== 'native'
  );
}

/** What a live attempt has said; undefined when it said nothing. */
export function declaredBy(attempt: AttemptRow): DeclaredOutcome | undefined {
  if (attempt.state === 'ended' || attempt.follow_up === null) return undefined;
  return json<DeclaredOutcome>(attempt.follow_up);
}

/**
 * The outcome of a process whose task speaks for itself.
 *
 * @param seen - what the executor saw of the process
 * @param goesOn - whether it may start again; not when its run is cancelled
 */
export function outcomeDeclared(
  declared: DeclaredOutcome | undefined,
  seen: AttemptOutcome,
  goesOn = true,
): AttemptOutcome {
  switch (declared?.declared) {
    case 'deferred':
    case 'reschedule':
      // What it looked for had not come yet.
      return goesOn
        ? { result: 'success', exitCode: 0 }
        : {
            result: 'failed',
            failure: 'cancelled',
            message: 'the run was cancelled',
          };
    case 'success':
      return { result: 'success', exitCode: 0 };
    case 'skipped':
      return { result: 'skipped', exitCode: 0 };
    case 'failed':
      // That memory ran out, or what it was ended for, says more.
      return isOrdinary(seen)
        ? {
            result: 'failed',
            failure: 'exit_code',
            message: declared.message ?? 'The task failed; its log says why',
          }
        : seen;
    default:
      return seen.result === 'failed'
        ? seen
        : {
            result: 'failed',
            failure: 'exit_code',
            exitCode: seen.exitCode,
            message:
              'The process ended and the task had not said how it went; its log may say why',
          };
  }
}

function isOrdinary(seen: AttemptOutcome): boolean {
  return (
    seen.result !== 'failed' ||
    seen.failure === 'exit_code' ||
    // It had said how it went before its host was lost.
    seen.failure === 'lost' ||
    seen.failure === 'signal'
  );
}

/** The same try goes on at a time, in another attempt. */
export async function reschedule(
  draft: RunDraft,
  slot: number,
  at: number,
): Promise<void> {
  const { ctx, tx, now } = draft;
  const { task_no: no, map_index: index, started_at } = draft.instance(slot);
  const dueAt = Math.max(at, now);
  draft.setTask(slot, 'up_for_reschedule', {
    reason: 'it looks again later',
    started_at: started_at ?? now,
    next_try_at: dueAt,
    infra_retries: 0,
  });
  await setTimer(ctx.db, tx, {
    kind: 'retry',
    ref: retryRef(draft.id, no, index),
    dueAt,
    runId: draft.id,
  });
  draft.setsTimers = true;
}

/** The attempt before the next one, of a task that can go on in several. */
export async function lastAttempt(
  draft: RunDraft,
  slot: number,
): Promise<AttemptRow | undefined> {
  const {
    task_no: no,
    map_index: index,
    attempt_seq: seq,
  } = draft.instance(slot);
  if (seq === 0 || !speaksForItself(draft.task(slot))) return undefined;
  return (await draft.ctx.db
    .table(draft.tx, 'attempts')
    .where({ run_id: draft.id, task_no: no, map_index: index, seq })
    .first()) as AttemptRow | undefined;
}

/** Whether its try goes on in the next attempt. */
export function isRescheduled(last: AttemptRow | undefined): boolean {
  return (
    last !== undefined &&
    last.state === 'ended' &&
    last.follow_up !== null &&
    json<{ action?: string }>(last.follow_up).action === RESCHEDULED
  );
}

/** How often the try of the next attempt has gone on before. */
export function resumeNo(
  last: AttemptRow | undefined,
  isNewTry: boolean,
): number {
  if (!last || isNewTry) return 0;
  return isRescheduled(last) ? last.resume_no + 1 : last.resume_no;
}
