import { type PlanOptions, planTasks } from '@maestro/plugin-maestro-common';
import { branchSkippedTasks, decideBranches } from './branches';
import { freeOfPast, heldByPast } from './dependsOnPast';
import { groupRetries } from './groupRetries';
import { passEmptyTasks } from './emptyTasks';
import { expandMaps, followInstances, mayStartInstances } from './mapping';
import type { RunDraft } from './RunDraft';

/** What a plan of a run needs to know beside the states of its tasks. */
export async function planFacts(
  draft: RunDraft,
): Promise<Pick<PlanOptions, 'children' | 'groupRetries' | 'heldByPast'>> {
  return {
    children: draft.childCounts,
    groupRetries: await groupRetries(draft),
    heldByPast: await heldByPast(draft),
  };
}

/** Tasks that became ready or never will, branches and skips, until no more. */
export async function planUntilQuiet(draft: RunDraft): Promise<void> {
  let released = await freeOfPast(draft);
  for (;;) {
    followInstances(draft);
    const changed = [...new Set([...draft.takeUnplanned(), ...released])];
    released = [];
    if (changed.length === 0) return;
    await expandMaps(draft, withMapsBelow(draft, changed));
    passEmptyTasks(draft, changed);
    const branchSkipped = await decideBranches(draft, changed);
    // What was cleared may lie on a side that its branch did not follow.
    if (changed.some(no => draft.states[no] === 'none')) {
      (await branchSkippedTasks(draft)).forEach(no => branchSkipped.add(no));
    }
    applyPlan(draft, {
      ...(await planFacts(draft)),
      changed,
      branchSkipped,
    });
  }
}

/** These, and the mapped tasks below them whose instances may wait for them. */
function withMapsBelow(draft: RunDraft, changed: readonly number[]): number[] {
  const nos = new Set(changed);
  if (draft.childCounts.size === 0) return [...nos];
  for (const no of changed) {
    for (const below of draft.task(no).downstream) {
      if ((draft.childCounts.get(below)?.none ?? 0) > 0) nos.add(below);
    }
  }
  return [...nos];
}

/**
 * The full answer, for a new run and for the reconciler's slow check.
 *
 * @returns numbers of the tasks that went on
 */
export async function planAll(draft: RunDraft): Promise<number[]> {
  const planned = applyPlan(draft, {
    ...(await planFacts(draft)),
    branchSkipped: await branchSkippedTasks(draft),
  });
  // Instances that wait although their task has begun.
  for (const [no, counts] of draft.childCounts) {
    if (draft.states[no] !== 'running' || counts.none === 0) continue;
    if (!mayStartInstances(draft, no)) continue;
    draft.planAgain(no);
    planned.push(no);
  }
  return planned;
}

function applyPlan(draft: RunDraft, options: PlanOptions): number[] {
  const changes = planTasks(draft.definition, draft.states, options);
  for (const { no, to, reason } of changes) {
    draft.setTask(no, to, {
      reason,
      ...(to === 'scheduled' ? { ready_at: draft.now } : {}),
    });
  }
  return changes.map(({ no }) => no);
}
