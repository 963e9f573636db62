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
  for (const no of leftWaits) {
    leftWaits.delete(no);
    const key = waitKey(draft, no);
    const wait = await findWait(ctx.db, tx, key);
    if (!wait) continue;
    await deleteWait(ctx.db, tx, key);
    await clearTimer(ctx.db, tx, 'wait', waitRef(key));
    if (wait.kind === 'trigger') await closeLog(draft, wait);
    const childId = optionalNum(wait.child_run);
    if (childId !== undefined) await letGo(draft, childId);
  }
}

/** Whoever runs its trigger ends it; nothing is written into its log any more. */
async function closeLog(draft: RunDraft, wait: WaitRow): Promise<void> {
  draft.changesTriggers = true;
  const attempt = await draft.attempt(wait.attempt_id!);
  if (!attempt) return;
  // All that its process wrote is stored: whoever seals it needs no host.
  const isCopied = attempt.log_kept === 'copied';
  draft.updateAttempt(attempt, { log_kept: isCopied ? 'complete' : null });
  draft.closedLogs.push(attempt.attempt_id);
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
