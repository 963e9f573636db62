import { num } from '../database/conversion';
import { isStoreError } from '../database/isStoreError';
import { clearTimer } from '../database/operations/timers/timers';
import type { AttemptRow } from '../database/tables';
import { boundLaunch, launchAfter } from './claim';
import { endAttempt, endUnlaunched, isRefused } from './outcome';
import { prepareAttempt } from './prepareAttempt';
import type { RunDraft } from './RunDraft';
import type { LaunchRefusal } from './types';

/*
 * A launch that its executor refused and may take later, such as one against a
 * quota. The attempt stays as it was claimed, says what it waits for, and is
 * launched again at `lease_until`, which nobody owns meanwhile: whoever has its
 * executor finds it there, so a restart loses nothing, and of several
 * schedulers the one that takes the lease under the run lock launches it.
 */

/** Between two launches, milliseconds: a quarter of what it waited already. */
const LEAST_MS = 2_000;
const MOST_MS = 60_000;
/** Those refused together do not come back together. */
const JITTER = 0.1;

/** Lets an attempt wait whose launch was refused. */
export async function refuseLaunch(
  draft: RunDraft,
  refusal: LaunchRefusal,
): Promise<void> {
  const attempt = await draft.attempt(refusal.attemptId);
  // Of an earlier launch, or told twice: a later one may be on its way.
  if (attempt?.state !== 'claimed' || attempt.lease_owner === null) return;
  if (num(attempt.lease_until!) !== refusal.leaseUntil) return;
  const { ctx, now } = draft;
  const message = refusal.message.slice(0, 2000);
  const delayMs = Math.min(
    nextLaunchMs(now - num(attempt.claimed_at), ctx.random()),
    // Then its executor says that it was too long.
    Math.max(0, refusal.giveUpInMs ?? Infinity),
  );
  const waiting = draft.updateAttempt(attempt, {
    lease_owner: null,
    lease_until: now + Math.ceil(delayMs),
    message,
    // Of what was never begun.
    token_hash: null,
  });
  if (draft.task(draft.slotOf(attempt)).timeoutMs !== undefined) {
    // What waits is not bounded by it: the next launch sets it again.
    await clearTimer(ctx.db, draft.tx, 'task_timeout', attempt.attempt_id);
  }
  // Once, however often it is refused.
  if (attempt.message === null) {
    draft.addEvent({
      type: 'launch_refused',
      attemptId: attempt.attempt_id,
      body: { task: draft.name(draft.slotOf(attempt)), reason: message },
    });
  }
  if (attempt.cancel_requested_at !== null) {
    await endUnlaunched(draft, waiting);
  }
}

/**
 * Milliseconds to the next launch.
 *
 * @param waitedMs - since the first one; a clock may have been set back
 * @param random - in [0, 1)
 */
export function nextLaunchMs(waitedMs: number, random: number): number {
  const delay = Math.min(Math.max(waitedMs / 4, LEAST_MS), MOST_MS);
  return Math.round(delay * (1 + (random * 2 - 1) * JITTER));
}

/**
 * Launches an attempt again whose time has come. Its command and environment
 * are made anew: the secrets among them stand nowhere but in what was refused.
 */
export async function launchAgain(
  draft: RunDraft,
  attemptId: string,
): Promise<void> {
  const attempt = await draft.attempt(attemptId);
  if (!attempt || !isRefused(attempt)) return;
  const { ctx, now } = draft;
  if (num(attempt.lease_until!) > now) return;
  if (attempt.cancel_requested_at !== null) {
    await endUnlaunched(draft, attempt);
    return;
  }
  let prepared;
  try {
    prepared = await prepareAttempt(
      draft,
      draft.slotOf(attempt),
      attempt.try_number,
      undefined,
      attemptId,
    );
  } catch (error) {
    if (isStoreError(error)) throw error;
    await endAttempt(draft, attempt, {
      result: 'failed',
      failure: 'config',
      message: (error as Error).message,
    });
    return;
  }
  const { record, request, tokenHash } = prepared;
  const leased = draft.updateAttempt(attempt, {
    ...record,
    token_hash: tokenHash,
    lease_owner: ctx.scheduler,
    lease_until: now + ctx.settings.leaseMs,
    // Its result is that of other inputs.
    cache_key: isSame(attempt, record) ? attempt.cache_key : null,
  });
  const executor = ctx.executors.get(attempt.executor)!;
  await boundLaunch(draft, draft.slotOf(attempt), attemptId, executor);
  // It may be the next one due.
  draft.setsTimers = true;
  const waitedMs = Math.max(0, now - num(attempt.claimed_at));
  launchAfter(draft, leased, { ...request, waitedMs });
}

function isSame(
  before: AttemptRow,
  after: { command: string; env: string; inputs: string },
): boolean {
  return (
    before.command === after.command &&
    before.env === after.env &&
    before.inputs === after.inputs
  );
}
