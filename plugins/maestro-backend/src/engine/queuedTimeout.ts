import { durationWords, type TaskState } from '@maestro/plugin-maestro-common';
import { optionalNum } from '../database/conversion';
import { clearTimer, setTimer } from '../database/operations/timers/timers';
import { followFailure, QUEUED_TIMEOUT } from './followFailure';
import { fullLimit } from './Limits';
import { liveAttempts, requestCancel } from './outcome';
import type { RunDraft } from './RunDraft';

/** Ready for a slot, or given to an executor and not running yet. */
function waits(state: TaskState): boolean {
  return state === 'scheduled' || state === 'queued';
}

/**
 * Keeps the timers of `queuedTimeout` in step with what a change did. The clock
 * starts anew each time a task becomes ready, also for a retry: what is bounded
 * is a wait, not the sum of them.
 */
export async function followQueuedTimeouts(draft: RunDraft): Promise<void> {
  const { ctx, tx } = draft;
  for (const [slot, before] of draft.changedSlots()) {
    const { queuedTimeoutMs } = draft.task(slot);
    if (queuedTimeoutMs === undefined) continue;
    const now = draft.instance(slot);
    const ref = queuedTimeoutRef(draft, slot);
    const readyAt = optionalNum(now.ready_at);
    // A mapped task waits only by its instances.
    const waitsNow = waits(now.state) && !draft.isDerived(slot);
    if (waitsNow && readyAt !== undefined) {
      const isNew =
        !before ||
        !waits(before.state) ||
        optionalNum(before.ready_at) !== readyAt;
      if (!isNew) continue;
      await setTimer(ctx.db, tx, {
        kind: 'queued_timeout',
        ref,
        dueAt: readyAt + queuedTimeoutMs,
        runId: draft.id,
      });
      draft.setsTimers = true;
    } else if (before && waits(before.state)) {
      await clearTimer(ctx.db, tx, 'queued_timeout', ref);
    }
  }
}

function queuedTimeoutRef(draft: RunDraft, slot: number): string {
  const { task_no: no, map_index: mapIndex } = draft.instance(slot);
  return `${draft.id}/${no}/${mapIndex}`;
}

/** The time is over: what is not running by now fails, and is not repeated. */
export async function endQueuedWait(
  draft: RunDraft,
  slot: number,
): Promise<void> {
  const instance = draft.instance(slot);
  if (!waits(instance.state) || draft.isDerived(slot)) return;
  const task = draft.task(slot);
  const limit = durationWords(task.queuedTimeoutMs ?? 0);
  if (instance.state === 'queued') {
    const attempt = (await liveAttempts(draft)).find(
      live => draft.slotOf(live) === slot,
    );
    if (!attempt) return;
    await requestCancel(draft, attempt, QUEUED_TIMEOUT);
    addEvent(draft, slot, `executor "${attempt.executor}" to start it`);
    return;
  }
  const what = await whatItWaitsFor(draft, slot);
  addEvent(draft, slot, what);
  await followFailure(draft, slot, {
    failure: 'queued_timeout',
    message: `it waited longer than ${limit} for ${what}`,
  });
}

function addEvent(draft: RunDraft, slot: number, waitedFor: string): void {
  const { queuedTimeoutMs } = draft.task(slot);
  draft.addEvent({
    type: 'queued_timeout',
    body: { task: draft.name(slot), timeoutMs: queuedTimeoutMs, waitedFor },
  });
}

/** As a claim would find it now, without its locks: it is only told. */
async function whatItWaitsFor(draft: RunDraft, slot: number): Promise<string> {
  const { ctx } = draft;
  const task = draft.task(slot);
  const name = task.executor ?? ctx.defaultExecutor;
  const reason = ctx.notStarted?.get(name);
  if (reason !== undefined) {
    return `executor "${name}", which has not started: ${reason}`;
  }
  if (!ctx.executors.has(name)) {
    return `executor "${name}", which no scheduler here has`;
  }
  const full = await fullLimit(draft, task, name);
  if (!full) return 'its turn, although a slot is free now';
  return full.slots === undefined
    ? `${full.what}, which does not exist`
    : `${full.what} (${full.used} of ${full.slots} slots in use)`;
}
