import { WAITS_FOR } from '@maestro/plugin-maestro-common';
import { num } from '../../database/conversion';
import { setTimer } from '../../database/operations/timers/timers';
import { insertWait, waitRef } from '../../database/operations/waits/waits';
import type { AttemptRow } from '../../database/tables';
import type { DeclaredDeferral, DeferralArguments } from '../declaredOutcome';
import { followFailure } from '../followFailure';
import type { RunDraft } from '../RunDraft';
import { dropWaits, waitKey } from '../waits/dropWaits';
import {
  type DeferralEnd,
  deferralEnded,
  followUpOfDeferral,
} from './deferralRecord';
import { questionToStore } from './taskQuestion';

/** What whoever runs a trigger needs, beside its arguments. */
export interface TriggerFacts {
  classpath: string;
  environment: string;
  dagId: string;
  taskId: string;
  runKey: string;
  tryNumber: number;
}

/** What a deferred task waits for, for people. */
export function describeTrigger(classpath: string): string {
  return `the trigger ${classpath}`;
}

/**
 * The process of a task has ended and its try goes on when a trigger fires, or
 * when somebody answers: from here on it holds nothing but a row. For a trigger
 * its log stays open, since what that writes belongs to it.
 */
export async function defer(
  draft: RunDraft,
  slot: number,
  attempt: AttemptRow,
  declared: DeclaredDeferral,
): Promise<void> {
  const { ctx, tx, now } = draft;
  const { classpath, nextMethod, timeoutMs } = declared;
  const { attempt_id: attemptId } = attempt;
  const waitId = ctx.newId();
  const asked = classpath === undefined ? questionToStore(attempt) : undefined;
  const what = asked?.what ?? describeTrigger(classpath ?? '');
  draft.setTask(slot, 'deferred', {
    reason: `${WAITS_FOR}${what}`,
    started_at: draft.instance(slot).started_at ?? now,
    infra_retries: 0,
  });
  let sealed: string;
  try {
    const kwargs = JSON.parse(
      ctx.inputs.open(
        { table: 'attempts', id: attemptId, field: 'follow_up' },
        declared.sealed,
      ),
    ) as DeferralArguments;
    // Its log may be sealed, and its masks with it, while the task waits.
    const secrets =
      attempt.masks !== null
        ? ctx.inputs.openMasks(attemptId, attempt.masks)
        : undefined;
    sealed = ctx.inputs.seal(
      { table: 'waits', id: waitId, field: 'next_kwargs' },
      JSON.stringify({ ...kwargs, secrets }),
    );
  } catch (error) {
    if ((error as Error).name !== 'InputError') throw error;
    await failDeferred(draft, slot, attempt, (error as Error).message);
    return;
  }
  if (classpath === undefined && !asked) {
    const message = 'it waits for an answer, and has asked nobody anything';
    await failDeferred(draft, slot, attempt, message);
    return;
  }
  // What it waited for before goes first: there is one wait of a task.
  await dropWaits(draft);
  const { airflow } = draft.definition;
  const facts: TriggerFacts = {
    classpath: classpath ?? '',
    environment: airflow?.environment ?? 'default',
    dagId: airflow?.dagId ?? draft.definition.name,
    taskId: draft.task(slot).id,
    runKey: draft.run.run_key,
    tryNumber: attempt.try_number,
  };
  const timeoutAt =
    timeoutMs === undefined
      ? undefined
      : num(attempt.ended_at ?? now) + timeoutMs;
  const key = waitKey(draft, slot);
  await insertWait(
    ctx.db,
    tx,
    key,
    {
      waitId,
      kind: asked ? 'approval' : 'trigger',
      what,
      trigger: asked?.trigger ?? { ...facts },
      timeoutAt,
      attemptId,
      next: { method: nextMethod, sealed },
    },
    now,
  );
  draft.updateAttempt(attempt, {
    follow_up: followUpOfDeferral({
      trigger: classpath,
      method: nextMethod,
      at: now,
      timeoutAt,
    }),
    ...(asked ? {} : { log_kept: 'copying' as const }),
  });
  if (!asked) {
    draft.keptLogs.add(attemptId);
    draft.changesTriggers = true;
  }
  if (timeoutAt === undefined) return;
  await setTimer(ctx.db, tx, {
    kind: 'wait',
    ref: waitRef(key),
    dueAt: timeoutAt,
    runId: draft.id,
  });
  draft.setsTimers = true;
}

/** A deferred task cannot go on: its try has failed. */
export async function failDeferred(
  draft: RunDraft,
  slot: number,
  attempt: AttemptRow,
  message: string,
  failure: 'config' | 'exit_code' | 'outputs' = 'config',
  end: DeferralEnd['end'] = 'unreadable',
): Promise<void> {
  const followUp = await followFailure(draft, slot, { failure, message });
  // Its try does not go on: the next attempt is that of another one.
  draft.updateAttempt(
    attempt,
    deferralEnded(draft, attempt, { end, detail: message }, followUp),
  );
}
