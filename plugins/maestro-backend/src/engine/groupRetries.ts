import {
  type GroupRetries,
  type TaskState,
  groupMembers,
  groupState,
  innerGroups,
  retriedGroups,
} from '@maestro/plugin-maestro-common';
import { optionalNum } from '../database/conversion';
import { clearTimer, setTimer } from '../database/operations/timers/timers';
import type { GroupRetryRow } from '../database/tables';
import { clearSlots } from './clearSlots';
import type { RunDraft } from './RunDraft';

/** What was read in the transaction of a draft; nobody else can change it. */
const read = new WeakMap<RunDraft, Map<number, GroupRetryRow>>();

async function rowsOf(draft: RunDraft): Promise<Map<number, GroupRetryRow>> {
  const known = read.get(draft);
  if (known) return known;
  const rows = (await draft.ctx.db
    .table(draft.tx, 'group_retries')
    .where({ run_id: draft.id })) as GroupRetryRow[];
  const byGroup = new Map(rows.map(row => [row.group_no, row]));
  read.set(draft, byGroup);
  return byGroup;
}

/** Retries that the groups of a run have used, as the plan wants them. */
export async function groupRetries(
  draft: RunDraft,
): Promise<GroupRetries | undefined> {
  if (retriedGroups(draft.definition).length === 0) return undefined;
  if (draft.run.cancel_requested_at !== null) return 'given_up';
  const rows = await rowsOf(draft);
  return new Map([...rows].map(([group, { used }]) => [group, used]));
}

/**
 * Sets the timer of each group that waits to be run again, and takes back that
 * of one that does not any more: somebody marked or cleared its tasks. A group
 * is what its tasks say; the row only counts, and remembers when.
 */
export async function followGroups(draft: RunDraft): Promise<void> {
  const retries = await groupRetries(draft);
  if (retries === undefined) return;
  const { ctx, tx, definition } = draft;
  const rows = await rowsOf(draft);
  for (const group of retriedGroups(definition)) {
    const row = rows.get(group.no);
    const dueAt = optionalNum(row?.next_at);
    const waits = stateOf(draft, group.no, retries) === 'up_for_retry';
    if (waits && dueAt === undefined) {
      const nextAt = draft.now + group.retryDelayMs;
      await store(draft, group.no, { used: row?.used ?? 0, next_at: nextAt });
      await setTimer(ctx.db, tx, {
        kind: 'group_retry',
        ref: groupRef(draft.id, group.no),
        dueAt: nextAt,
        runId: draft.id,
      });
      draft.setsTimers = true;
      draft.addEvent({
        type: 'group_up_for_retry',
        body: { group: group.id, nextAt },
      });
    } else if (!waits && dueAt !== undefined) {
      await store(draft, group.no, { used: row!.used, next_at: null });
      await clearTimer(ctx.db, tx, 'group_retry', groupRef(draft.id, group.no));
      // What waits for it has not seen its end yet.
      groupMembers(definition, group.no).forEach(no => draft.planAgain(no));
    }
  }
}

/** Runs a group again as a whole, if it still waits for that. */
export async function retryGroup(draft: RunDraft, no: number): Promise<void> {
  const group = draft.definition.groups?.[no];
  const retries = await groupRetries(draft);
  if (!group || draft.run.state !== 'running' || retries === undefined) return;
  const row = (await rowsOf(draft)).get(no);
  const dueAt = optionalNum(row?.next_at);
  if (stateOf(draft, no, retries) !== 'up_for_retry' || dueAt === undefined) {
    return;
  }
  if (dueAt > draft.now) {
    // The clock went back since the timer was set.
    await setTimer(draft.ctx.db, draft.tx, {
      kind: 'group_retry',
      ref: groupRef(draft.id, no),
      dueAt,
      runId: draft.id,
    });
    return;
  }
  const used = row!.used + 1;
  const members = [...groupMembers(draft.definition, no)].sort((a, b) => a - b);
  await store(draft, no, { used, next_at: null });
  // Of a group in it, a new round begins with none used.
  for (const inner of innerGroups(draft.definition, no)) {
    await remove(draft, inner);
  }
  draft.addEvent({
    type: 'group_retry',
    body: { group: group.id, retry: used, of: group.retries },
  });
  await clearSlots(
    draft,
    members.filter(member => draft.states[member] !== 'removed'),
    `group ${group.id} is run again, retry ${used} of ${group.retries}`,
  );
}

/**
 * By hand, a group begins anew: all its retries are there again.
 *
 * @param cleared - slots
 * @returns ids of the groups
 */
export async function renewGroups(
  draft: RunDraft,
  cleared: readonly number[],
): Promise<string[]> {
  const renewed: string[] = [];
  const selected = new Set(cleared.map(slot => draft.instance(slot).task_no));
  for (const { no, id } of retriedGroups(draft.definition)) {
    const members = groupMembers(draft.definition, no);
    if (![...members].some(member => selected.has(member))) continue;
    renewed.push(id);
    await remove(draft, no);
  }
  return renewed;
}

/**
 * Groups that are not run again by themselves: a task of theirs was marked
 * failed, or ended by a cancel.
 *
 * @param slots - of these tasks
 * @returns ids of the groups
 */
export async function giveUpGroups(
  draft: RunDraft,
  slots: readonly number[],
): Promise<string[]> {
  const givenUp: string[] = [];
  for (const { no, id, retries } of retriedGroups(draft.definition)) {
    const members = groupMembers(draft.definition, no);
    const isIn = (slot: number) => members.has(draft.instance(slot).task_no);
    if (!slots.some(isIn)) continue;
    givenUp.push(id);
    const row = (await rowsOf(draft)).get(no);
    await store(draft, no, {
      used: retries,
      next_at: optionalNum(row?.next_at) ?? null,
    });
  }
  return givenUp;
}

/** `ref` of the timer of a group. */
function groupRef(runId: number, no: number): string {
  return `${runId}/${no}`;
}

function stateOf(draft: RunDraft, no: number, retries: GroupRetries) {
  const state = (task: number): TaskState => draft.states[task];
  return groupState(draft.definition, no, state, retries);
}

async function store(
  draft: RunDraft,
  no: number,
  columns: Pick<GroupRetryRow, 'used' | 'next_at'>,
): Promise<void> {
  const row = { run_id: draft.id, group_no: no, ...columns };
  await draft.ctx.db
    .table(draft.tx, 'group_retries')
    .insert(row)
    .onConflict(['run_id', 'group_no'])
    .merge();
  (await rowsOf(draft)).set(no, row);
}

async function remove(draft: RunDraft, no: number): Promise<void> {
  const rows = await rowsOf(draft);
  const row = rows.get(no);
  if (!row) return;
  const { db } = draft.ctx;
  if (row.next_at !== null) {
    await clearTimer(db, draft.tx, 'group_retry', groupRef(draft.id, no));
  }
  await db
    .table(draft.tx, 'group_retries')
    .where({ run_id: draft.id, group_no: no })
    .delete();
  rows.delete(no);
}
