import {
  mappedGroupOf,
  mappedGroups,
  mappedGroupsBelow,
  planInstances,
  type PlanOptions,
  planTasks,
} from '@maestro/plugin-maestro-common';
import {
  branchSkippedTasks,
  decideBranches,
  skippedInGroups,
} from './branches';
import { freeOfPast, heldByPast } from './dependsOnPast';
import { groupRetries } from './groupRetries';
import { passEmptyTasks, passIfEmpty } from './emptyTasks';
import { expandMaps, followInstances, mayStartInstances } from './mapping';
import type { RunDraft } from './RunDraft';

/** What a plan of a run needs to know beside the states of its tasks. */
export async function planFacts(
  draft: RunDraft,
): Promise<
  Pick<
    PlanOptions,
    'children' | 'groupRetries' | 'heldByPast' | 'leavingGroups' | 'hasFailed'
  >
> {
  return {
    leavingGroups: leavingGroups(draft),
    children: draft.childCounts,
    groupRetries: await groupRetries(draft),
    heldByPast: await heldByPast(draft),
    hasFailed: draft.run.cancel_requested_at !== null,
  };
}

/** Mapped groups with instances whose item is gone and that still run. */
function leavingGroups(draft: RunDraft): ReadonlySet<number> {
  const leaving = new Set<number>();
  for (const [group, members] of mappedGroups(draft.definition)) {
    // Asked after the end of each of 10,000, and only of use before a list.
    const hasOpen = members.some(
      no => draft.states[no] === 'none' && !draft.isDerived(no),
    );
    if (!hasOpen) continue;
    const isLeaving = (slot: number) =>
      draft.states[slot] !== 'removed' && draft.instance(slot).item === null;
    if (members.some(no => draft.children.get(no)?.some(isLeaving))) {
      leaving.add(group);
    }
  }
  return leaving;
}

/** Tasks that became ready or never will, branches and skips, until no more. */
export async function planUntilQuiet(draft: RunDraft): Promise<void> {
  let released = await freeOfPast(draft);
  for (;;) {
    followInstances(draft);
    const changed = [...new Set([...draft.takeUnplanned(), ...released])];
    const looks = instancesToLookAt(draft, changed, released);
    released = [];
    if (changed.length === 0) return;
    await expandMaps(draft, withMapsBelow(draft, changed));
    // Before one of their instances goes on.
    followInstances(draft);
    passEmptyTasks(draft, changed);
    const branchSkipped = await decideBranches(draft, changed);
    // What was cleared may lie on a side that its branch did not follow.
    if (changed.some(no => draft.states[no] === 'none')) {
      (await branchSkippedTasks(draft)).forEach(no => branchSkipped.add(no));
    }
    const options = { ...(await planFacts(draft)), changed, branchSkipped };
    applyPlan(draft, options);
    await applyInstancePlans(draft, looks, options);
  }
}

/** By mapped group: map indices to look at. */
type InstanceLooks = ReadonlyMap<number, ReadonlySet<number> | 'all'>;

function instancesToLookAt(
  draft: RunDraft,
  changed: readonly number[],
  released: readonly number[],
): InstanceLooks {
  const looks = new Map<number, ReadonlySet<number> | 'all'>(
    draft.takeChangedIndices(),
  );
  if (mappedGroups(draft.definition).size === 0) return looks;
  for (const no of changed) {
    mappedGroupsBelow(draft.definition, no).forEach(group =>
      looks.set(group, 'all'),
    );
    const own = mappedGroupOf(draft.definition, no);
    // What has instances changed where one of them did.
    const isWhole = !draft.isDerived(no) || released.includes(no);
    if (own !== undefined && isWhole) looks.set(own, 'all');
  }
  return looks;
}

/** @returns numbers of the tasks with an instance that went on */
async function applyInstancePlans(
  draft: RunDraft,
  looks: InstanceLooks,
  options: PlanOptions,
): Promise<number[]> {
  const moved = new Set<number>();
  if (looks.size === 0) return [];
  const skippedAt = await skippedInGroups(draft, [...looks.values()]);
  for (const [group, indices] of looks) {
    const changes = planInstances(
      draft.definition,
      draft.states,
      {
        group,
        indices: indices === 'all' ? undefined : indices,
        slots: draft.children,
      },
      { ...options, skippedAt },
    );
    for (const { no, slot, to, reason } of changes) {
      moved.add(no);
      draft.setTask(slot, to, {
        reason: to === 'scheduled' ? null : reason,
        ...(to === 'scheduled' ? { ready_at: draft.now } : {}),
      });
      passIfEmpty(draft, slot);
    }
  }
  return [...moved];
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
  const options = {
    ...(await planFacts(draft)),
    branchSkipped: await branchSkippedTasks(draft),
  };
  const planned = applyPlan(draft, options);
  const looks = [...mappedGroups(draft.definition).keys()].map(
    (group): [number, 'all'] => [group, 'all'],
  );
  planned.push(...(await applyInstancePlans(draft, new Map(looks), options)));
  // Instances that wait although their task has begun.
  for (const [no, counts] of draft.childCounts) {
    if (draft.states[no] !== 'running' || counts.none === 0) continue;
    if (mappedGroupOf(draft.definition, no) !== undefined) continue;
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
