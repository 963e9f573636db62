import {
  decideRunState,
  finallyTasks,
  isWorkOver,
} from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../database/conversion';
import { forgetResumes } from '../database/operations/attempts/forgetResumes';
import { clearTimer, setTimer } from '../database/operations/timers/timers';
import { followContinuous } from '../scheduling/continuous';
import { packRunDigest } from './runDigest';
import { claimReady } from './claim';
import { cancelledReason, cleansUp } from './cleanUp';
import { followPast, wakeRunsBehind } from './dependsOnPast';
import { followGroups } from './groupRetries';
import { planFacts, planUntilQuiet } from './planRun';
import type { RunDraft } from './RunDraft';
import { followTaskSlas } from './taskSla';
import { beginWaits } from './waits/beginWaits';
import { wakeWaits } from './waits/otherRuns';

/**
 * Everything that follows from what was just done to a run: tasks that became
 * ready, branches, skips, the end of the run, and claims. Runs inside the
 * transaction of the change, so that a chain pays one commit a hop.
 */
export async function settle(draft: RunDraft): Promise<void> {
  await goOn(draft);
  await wakeRunsBehind(draft);
}

async function goOn(draft: RunDraft): Promise<void> {
  if (draft.run.state !== 'running') return;
  do {
    do {
      await planUntilQuiet(draft);
      await beginWaits(draft);
      // One that cannot even begin to wait has failed, and others follow.
      if (draft.hasUnplanned) continue;
      await followGroups(draft);
      // One that is not run again any more is over, without a change in it.
    } while (draft.hasUnplanned);
    await followPast(draft);
    await followTaskSlas(draft);
    await decideEnd(draft);
    if (draft.run.state !== 'running') break;
    // Before the limits: whoever takes that timer may wait for one of them.
    await wakeRunsBehind(draft);
    draft.hasClaimed = await claimReady(draft, { onlyWhenNobodyWaits: true });
    // A claim can end a task: its connection is missing, say.
  } while (draft.hasUnplanned);
  if (draft.run.state !== 'running') await afterEnd(draft);
}

/** Ends a run of which nothing is left. */
export async function decideEnd(draft: RunDraft): Promise<void> {
  const { run, definition, states } = draft;
  if (run.cancel_requested_at !== null) {
    finishCancelled(draft);
    return;
  }
  const facts = await planFacts(draft);
  const decision = decideRunState(definition, states, facts);
  if (decision.state === 'running') {
    if (!isWorkOver(definition, states)) return;
    // Callbacks may take their time.
    const work = states.map((state, no) =>
      definition.tasks[no]?.callback ? 'skipped' : state,
    );
    const { state } = decideRunState(definition, work, facts);
    if (state === 'success') await meetSla(draft);
    return;
  }
  draft.setRun({
    state: decision.state,
    ended_at: draft.now,
    state_reason:
      decision.state === 'failed'
        ? failedReason(draft, decision.failedTasks)
        : null,
  });
}

/** Whoever reads it wants to know whether the work failed, or what came last. */
function failedReason(draft: RunDraft, failedTasks: string[]): string {
  const last = new Set(
    finallyTasks(draft.definition).map(no => draft.task(no).id),
  );
  const where = failedTasks.every(id => last.has(id)) ? ' in finally' : '';
  return `failed${where}: ${nameSome(failedTasks)}`;
}

function nameSome(ids: string[]): string {
  const more = ids.length > 5 ? ` and ${ids.length - 5} more` : '';
  return `${ids.slice(0, 5).join(', ')}${more}`;
}

/** The outcome stands; only what cleans up may still have to run. */
function finishCancelled(draft: RunDraft): void {
  if (draft.hasLiveTasks() || cleansUp(draft)) return;
  draft.setRun({
    state: 'failed',
    ended_at: draft.now,
    state_reason: cancelledReason(draft),
  });
}

/** What belongs to the end of a run, however it ended. */
export async function afterEnd(draft: RunDraft): Promise<void> {
  const { run, ctx, tx } = draft;
  if (run.state === 'success') await meetSla(draft);
  if (draft.definition.timeoutMs !== undefined) {
    await clearTimer(ctx.db, tx, 'run_timeout', run.run_id);
  }
  await followContinuous(draft);
  if (run.backfill_id !== null) {
    // It has a free place now, or is through.
    await setTimer(ctx.db, tx, {
      kind: 'backfill',
      ref: String(num(run.backfill_id)),
      dueAt: draft.now,
    });
    draft.setsTimers = true;
  }
  // Only tasks of DAGs go on in another attempt.
  if (draft.definition.airflow) await forgetResumes(ctx.db, tx, draft.id);
  await wakeWaits(draft);
  draft.setRun({ digest: packRunDigest(draft) });
  draft.addEvent({
    type: 'run_finished',
    body: { state: run.state, reason: draft.run.state_reason ?? undefined },
  });
}

/** The work has succeeded now, in time or not. */
async function meetSla(draft: RunDraft): Promise<void> {
  const { run, ctx, tx } = draft;
  const deadline = optionalNum(run.sla_deadline);
  if (run.sla_state !== 'pending') return;
  if (deadline === undefined || draft.now > deadline) return;
  draft.setRun({ sla_state: 'met', sla_decided_at: draft.now });
  await clearTimer(ctx.db, tx, 'sla', run.run_id);
}
