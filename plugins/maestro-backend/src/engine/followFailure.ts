import {
  decideFailure,
  durationWords,
  type RetryDecision,
} from '@maestro/plugin-maestro-common';
import { setTimer } from '../database/operations/timers/timers';
import type { AttemptRow } from '../database/tables';
import { isStopped } from './cleanUp';
import type { Failure } from './outcome';
import type { RunDraft } from './RunDraft';

/** `cancel_reason` of an attempt that did not come to run in time. */
export const QUEUED_TIMEOUT = 'queued_timeout';

/** What is said of such an attempt. */
export function takenBackMessage(draft: RunDraft, attempt: AttemptRow): string {
  const { queuedTimeoutMs } = draft.task(draft.slotOf(attempt));
  const limit = durationWords(queuedTimeoutMs ?? 0);
  return `it was ready for longer than ${limit} and executor "${attempt.executor}" had not started it`;
}

/** What followed from a failure, as it is kept on the attempt for people. */
export interface FollowUp {
  action: 'retry' | 'fail' | 'skip';
  /** With `retry`: whether it ate one of the task's retries. */
  counted?: boolean;
  /** With `retry`: epoch milliseconds. */
  nextTryAt?: number;
  /** Why it is not repeated. */
  reason?: string;
}

/**
 * Retries, or fails, a task instance. When the next try starts is decided here
 * once, jitter included, and stored: a restart draws nothing again.
 */
export async function followFailure(
  draft: RunDraft,
  no: number,
  { failure, message, exitCode, startedAt, endedAt, isFinal, delayMs }: Failure,
): Promise<FollowUp> {
  const { ctx, tx, now } = draft;
  const instance = draft.instance(no);
  // Its start may not have been seen before its end.
  const started =
    instance.started_at === null && startedAt !== undefined
      ? { started_at: startedAt }
      : {};
  // Without retries left it says the same as any other.
  const saysNo = isFinal && instance.try_number <= draft.task(no).retries;
  const decision: RetryDecision = saysNo
    ? { action: 'fail', reason: 'it said that no retry helps' }
    : decideFailure({
        task: draft.task(no),
        tryNumber: instance.try_number,
        failure,
        exitCode,
        infrastructureRetries: instance.infra_retries,
        random: ctx.random(),
      });
  // A run that is being cancelled retries nothing but what cleans up.
  if (decision.action !== 'retry' || isStopped(draft, no)) {
    const why = decision.action === 'fail' ? ` (${decision.reason})` : '';
    draft.setTask(no, decision.action === 'skip' ? 'skipped' : 'failed', {
      reason: `${message}${why}`,
      infra_retries: 0,
      ...started,
      ended_at: endedAt ?? now,
    });
    return decision.action === 'retry'
      ? { action: 'fail', reason: 'the run is being cancelled' }
      : decision;
  }
  const nextTryAt = now + (delayMs ?? decision.delayMs);
  draft.setTask(no, 'up_for_retry', {
    reason: message,
    ...started,
    ended_at: endedAt ?? now,
    next_try_at: nextTryAt,
    infra_retries: decision.countsAsRetry ? 0 : instance.infra_retries + 1,
  });
  await setTimer(ctx.db, tx, {
    kind: 'retry',
    ref: retryRef(draft.id, instance.task_no, instance.map_index),
    dueAt: nextTryAt,
    runId: draft.id,
  });
  draft.setsTimers = true;
  return { action: 'retry', counted: decision.countsAsRetry, nextTryAt };
}

/** `ref` of a retry timer. */
export function retryRef(runId: number, no: number, mapIndex: number): string {
  return `${runId}/${no}/${mapIndex}`;
}
