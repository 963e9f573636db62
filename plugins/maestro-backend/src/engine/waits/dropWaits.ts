import { isFinalRunState } from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../../database/conversion';
import { clearTimer, setTimer } from '../../database/operations/timers/timers';
import {
  deleteWait,
  findWait,
  type WaitKey,
  waitRef,
} from '../../database/operations/waits/waits';
import type { WaitRow } from '../../database/tables';
import type { RunDraft } from '../RunDraft';
import { deferralEnded } from '../triggers/deferralRecord';

/** The key of the wait of a task instance. */
export function waitKey(draft: RunDraft, no: number): WaitKey {
  const { task_no: taskNo, map_index: mapIndex } = draft.instance(no);
  return { runId: draft.id, taskNo, mapIndex };
}

/**
 * Removes what is left of waits that are over, whyever: decided, timed out,
 * cancelled, cleared, marked. A run that such a task had started is looked at
 * on its own: it is cancelled, unless it is over.
 */
export async function dropWaits(draft: RunDraft): Promise<void> {
  const { ctx, tx, leftWaits } = draft;
  for (const [no, why] of leftWaits) {
    leftWaits.delete(no);
    const key = waitKey(draft, no);
    const wait = await findWait(ctx.db, tx, key);
    if (!wait) continue;
    await deleteWait(ctx.db, tx, key);
    await clearTimer(ctx.db, tx, 'wait', waitRef(key));
    if (wait.attempt_id !== null) await closeDeferral(draft, wait, why);
    const childId = optionalNum(wait.child_run);
    if (childId !== undefined) await letGo(draft, childId);
  }
}

/** Whoever runs its trigger ends it, and its log can be sealed. */
async function closeDeferral(
  draft: RunDraft,
  wait: WaitRow,
  why: string,
): Promise<void> {
  const isOfTrigger = wait.kind === 'trigger';
  if (isOfTrigger) draft.changesTriggers = true;
  const attempt = await draft.attempt(wait.attempt_id!);
  if (!attempt) return;
  // All that its process wrote is stored: whoever seals it needs no host.
  const isCopied = attempt.log_kept === 'copied';
  draft.updateAttempt(attempt, {
    // Unless what it waited for came.
    ...deferralEnded(draft, attempt, { end: 'left', detail: why }),
    ...(isOfTrigger ? { log_kept: isCopied ? 'complete' : null } : {}),
  });
  if (isOfTrigger) draft.closedLogs.push(attempt.attempt_id);
}

/** Not here: runs are locked by ascending id, one in a transaction. */
async function letGo(draft: RunDraft, childId: number): Promise<void> {
  const { ctx, tx, now } = draft;
  const child = await ctx.db
    .table(tx, 'runs')
    .where({ id: childId })
    .first('id', 'run_id', 'state');
  if (!child || isFinalRunState(child.state)) return;
  await setTimer(ctx.db, tx, {
    kind: 'sub_run',
    ref: child.run_id,
    dueAt: now,
    runId: num(child.id),
  });
  draft.setsTimers = true;
}
