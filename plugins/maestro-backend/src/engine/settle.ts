import { decideRunState, planTasks } from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../database/conversion';
import { clearTimer, setTimer } from '../database/operations/timers/timers';
import { packRunDigest } from './runDigest';
import { branchSkippedTasks, decideBranches } from './branches';
import { claimReady } from './claim';
import { expandMaps, followInstances } from './mapping';
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
  if (draft.run.state !== 'running') return;
  if (draft.run.cancel_requested_at !== null) {
    await followTaskSlas(draft);
    finishCancelled(draft);
  } else {
    do {
      await planUntilQuiet(draft);
      await beginWaits(draft);
      // One that cannot even begin to wait has failed, and others follow.
      if (draft.hasUnplanned) continue;
      await followTaskSlas(draft);
      decideEnd(draft);
      if (draft.run.state !== 'running') break;
      await claimReady(draft, { onlyWhenNobodyWaits: true });
      // A claim can end a task: its connection is missing, say.
    } while (draft.hasUnplanned);
  }
  if (draft.run.state !== 'running') await afterEnd(draft);
}

async function planUntilQuiet(draft: RunDraft): Promise<void> {
  for (;;) {
    followInstances(draft);
    const changed = draft.takeUnplanned();
    if (changed.length === 0) return;
    await expandMaps(draft, changed);
    const branchSkipped = await decideBranches(draft, changed);
    // What was cleared may lie on a side that its branch did not follow.
    if (changed.some(no => draft.states[no] === 'none')) {
      (await branchSkippedTasks(draft)).forEach(no => branchSkipped.add(no));
    }
    const changes = planTasks(draft.definition, draft.states, {
      changed,
      branchSkipped,
      children: draft.childCounts,
    });
    for (const { no, to, reason } of changes) {
      draft.setTask(no, to, {
        reason,
        ...(to === 'scheduled' ? { ready_at: draft.now } : {}),
      });
    }
  }
}

/** The full answer, for a new run and for the reconciler's slow check. */
export function planAll(
  draft: RunDraft,
  branchSkipped?: ReadonlySet<number>,
): void {
  for (const { no, to, reason } of planTasks(draft.definition, draft.states, {
    branchSkipped,
    children: draft.childCounts,
  })) {
    draft.setTask(no, to, {
      reason,
      ...(to === 'scheduled' ? { ready_at: draft.now } : {}),
    });
  }
  // Instances that wait although their task has begun.
  for (const [no, counts] of draft.childCounts) {
    if (draft.states[no] === 'running' && counts.none > 0) draft.planAgain(no);
  }
}

function decideEnd(draft: RunDraft): void {
  const decision = decideRunState(draft.definition, draft.states, {
    children: draft.childCounts,
  });
  if (decision.state === 'running') return;
  draft.setRun({
    state: decision.state,
    ended_at: draft.now,
    state_reason:
      decision.state === 'failed'
        ? `failed: ${nameSome(decision.failedTasks)}`
        : null,
  });
}

function nameSome(ids: string[]): string {
  const more = ids.length > 5 ? ` and ${ids.length - 5} more` : '';
  return `${ids.slice(0, 5).join(', ')}${more}`;
}

function finishCancelled(draft: RunDraft): void {
  if (draft.hasLiveTasks()) return;
  draft.setRun({
    state: 'failed',
    ended_at: draft.now,
    state_reason:
      draft.run.cancel_requested_by === 'maestro:run_timeout'
        ? 'run timed out'
        : 'cancelled',
  });
}

/** What belongs to the end of a run, however it ended. */
export async function afterEnd(draft: RunDraft): Promise<void> {
  const { run, ctx, tx } = draft;
  const deadline = optionalNum(run.sla_deadline);
  if (
    run.state === 'success' &&
    run.sla_state === 'pending' &&
    deadline !== undefined &&
    draft.now <= deadline
  ) {
    draft.setRun({ sla_state: 'met', sla_decided_at: draft.now });
    await clearTimer(ctx.db, tx, 'sla', run.run_id);
  }
  await clearTimer(ctx.db, tx, 'run_timeout', run.run_id);
  if (run.backfill_id !== null) {
    // It has a free place now, or is through.
    await setTimer(ctx.db, tx, {
      kind: 'backfill',
      ref: String(num(run.backfill_id)),
      dueAt: draft.now,
    });
    draft.setsTimers = true;
  }
  await wakeWaits(draft);
  draft.setRun({ digest: packRunDigest(draft) });
  draft.addEvent({
    type: 'run_finished',
    body: { state: run.state, reason: draft.run.state_reason ?? undefined },
  });
}
