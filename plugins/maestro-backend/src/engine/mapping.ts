import {
  MAX_MAP_BYTES,
  MAX_MAP_ITEM_BYTES,
  type GroupMapDefinition,
  type TaskState,
  type TriggerRule,
  evaluateList,
  expressionReferences,
  finalIn,
  instancesIn,
  isFinalTaskState,
  mappedGroupOf,
  mappedGroups,
  mappedState,
} from '@maestro/plugin-maestro-common';
import { InputError } from '@backstage/errors';
import { airflowMapLength } from './airflowMap';
import { isStoreError } from '../database/isStoreError';
import type { TaskInstanceRow } from '../database/tables';
import { type UsedValues, expressionContext } from './expressionContext';
import { isStopped } from './cleanUp';
import { shownOutput } from './maskValue';
import { FRESH_TASK } from './outcome';
import type { RunDraft } from './RunDraft';

/** Rules that may hold while a task above is still to come. */
const EARLY_RULES: ReadonlySet<TriggerRule> = new Set<TriggerRule>([
  'one_success',
  'one_failed',
  'one_done',
  'always',
]);

/**
 * Gives mapped tasks the state that follows from their instances. The row of
 * the task itself never has an attempt.
 */
export function followInstances(draft: RunDraft): void {
  for (const no of draft.takeChangedMaps()) {
    const counts = draft.childCounts.get(no)!;
    const before = draft.states[no];
    const to = mappedState(counts) ?? stateWithoutInstances(draft, no);
    if (to === before) continue;
    const total = instancesIn(counts);
    const bad = counts.failed || counts.upstream_failed;
    draft.setTask(no, to, {
      reason:
        isFinalTaskState(to) && total > 0
          ? `${finalIn(counts)} of ${total} are over${
              bad > 0 ? `, ${bad} ${to}` : ''
            }`
          : null,
      ...(isFinalTaskState(to) ? {} : { ended_at: null }),
      // A clear computes anew, also what is made of the next list.
      ...(to === 'none' ? { ...FRESH_TASK, no_cache: true } : {}),
      ...(to === 'running' && before !== 'running'
        ? { started_at: draft.now }
        : {}),
    });
  }
}

/** The last instance left because of a clear: now the list is made anew. */
function stateWithoutInstances(draft: RunDraft, no: number): TaskState {
  const state = draft.states[no];
  if (state !== 'running') return state;
  return isStopped(draft, no) ? 'skipped' : 'none';
}

/**
 * What follows for the instances of mapped tasks that changed: a task that is
 * ready gets one for each item of its list, those that were cleared start
 * again, and none starts where the task does not.
 */
export async function expandMaps(
  draft: RunDraft,
  changed: readonly number[],
): Promise<void> {
  for (const no of changed) {
    if (!draft.task(no).map) continue;
    const group = mappedGroupOf(draft.definition, no);
    if (group !== undefined) {
      if (draft.states[no] === 'scheduled') await expandGroup(draft, group);
      continue;
    }
    const state = draft.states[no];
    const isWaiting = (draft.childCounts.get(no)?.none ?? 0) > 0;
    // Asked after the end of each of 10,000.
    if (state !== 'scheduled' && !isWaiting) continue;
    const waiting = (draft.children.get(no) ?? []).filter(
      slot => draft.states[slot] === 'none',
    );
    if (state === 'scheduled' && !draft.isDerived(no)) {
      await expand(draft, no);
    } else if (mayStartInstances(draft, no)) {
      schedule(draft, waiting);
    } else if (state === 'skipped' || state === 'upstream_failed') {
      const { reason } = draft.instance(no);
      for (const slot of waiting) draft.setTask(slot, state, { reason });
    }
  }
}

/**
 * Whether instances that were cleared may start: their task has begun, and what
 * stands directly above it, such as its set-up that was cleared with them, is
 * over. Rules that do not wait for all of that let them start at once.
 */
export function mayStartInstances(draft: RunDraft, no: number): boolean {
  const state = draft.states[no];
  if (state !== 'scheduled' && state !== 'running') return false;
  const { upstream, triggerRule } = draft.task(no);
  return (
    EARLY_RULES.has(triggerRule) ||
    upstream.every(above => isFinalTaskState(draft.states[above]))
  );
}

async function expand(draft: RunDraft, no: number): Promise<void> {
  const task = draft.task(no);
  const items = await readList(draft, [no], { task: task.id }, () =>
    evaluateItems(
      draft,
      { ...task.map!, lengths: task.airflow?.mapOver },
      task.finally,
    ),
  );
  // With them the task itself is running.
  if (items) schedule(draft, putInstances(draft, no, items));
}

/**
 * Gives all tasks of a mapped group that are ready an instance for each item.
 * The instances are planned one by one: `planRun`.
 */
async function expandGroup(draft: RunDraft, group: number): Promise<void> {
  const { id, map } = draft.definition.groups![group];
  const members = mappedGroups(draft.definition).get(group)!;
  const ready = members.filter(
    no => draft.states[no] === 'scheduled' && !draft.isDerived(no),
  );
  if (ready.length === 0) return;
  // One that was over without instances when the others got theirs.
  const pinned = members
    .map(no => itemsOf(draft, no))
    .find(items => items.length > 0);
  const items =
    pinned ??
    (await readList(draft, ready, { group: id }, () =>
      evaluateItems(draft, map!),
    ));
  if (items) ready.forEach(no => putInstances(draft, no, items));
}

/** Items of the instances that a task has now. */
function itemsOf(draft: RunDraft, no: number): Item[] {
  return (draft.children.get(no) ?? [])
    .filter(slot => draft.states[slot] !== 'removed')
    .map(slot => {
      const { item, item_shown } = draft.instance(slot);
      return { item, item_shown };
    });
}

/**
 * The list of some tasks; undefined where there are no instances to have: then
 * they are over.
 */
async function readList(
  draft: RunDraft,
  nos: readonly number[],
  what: { task: string } | { group: string },
  evaluate: () => Promise<ItemList>,
): Promise<Item[] | undefined> {
  const { now } = draft;
  const at = { try_number: 0, started_at: now, ended_at: now };
  let list: ItemList;
  try {
    list = await evaluate();
  } catch (error) {
    if (isStoreError(error)) throw error;
    const reason = `its list cannot be used: ${(error as Error).message}`;
    nos.forEach(no => draft.setTask(no, 'failed', { ...at, reason }));
    return undefined;
  }
  const { items, used } = list;
  draft.addEvent({
    type: 'expanded',
    body: { ...what, items: items.length, values: used },
  });
  if (items.length > 0) return items;
  const reason = 'its list is empty';
  nos.forEach(no => draft.setTask(no, 'skipped', { ...at, reason }));
  return undefined;
}

/** Instances for these items, in state `none`; their slots. */
function putInstances(
  draft: RunDraft,
  no: number,
  items: readonly Item[],
): number[] {
  const known = draft.children.get(no) ?? [];
  // Of an earlier list: its attempts are history, and it starts fresh.
  const reused = known.slice(0, items.length);
  reused.forEach((slot, i) =>
    draft.setTask(slot, 'none', {
      ...FRESH_TASK,
      ...items[i],
      no_cache: draft.instance(no).no_cache,
      reason: null,
    }),
  );
  const added = items
    .slice(known.length)
    .map(item => draft.addInstance(no, item));
  return [...reused, ...added];
}

function schedule(draft: RunDraft, slots: readonly number[]): void {
  for (const slot of slots) {
    draft.setTask(slot, 'scheduled', { reason: null, ready_at: draft.now });
  }
}

type Item = Pick<TaskInstanceRow, 'item' | 'item_shown'>;

interface ItemList {
  items: Item[];
  used: UsedValues;
}

/** @throws ExpressionError, or InputError for a list that is too long or large */
async function evaluateItems(
  draft: RunDraft,
  { over, items: written, lengths, maxItems }: Omit<GroupMapDefinition, 'from'>,
  isLast = false,
): Promise<ItemList> {
  if (lengths) {
    const length = await airflowMapLength(draft, lengths);
    assertLength(length, maxItems);
    // Each instance finds its part by its index.
    const item = { item: 'null', item_shown: null };
    return { items: Array.from({ length }, () => item), used: {} };
  }
  if (over === undefined) {
    const texts = (written ?? []).map(item => JSON.stringify(item ?? null));
    assertSize(texts, maxItems);
    return {
      items: texts.map(item => ({ item, item_shown: null })),
      used: {},
    };
  }
  const { context, used, hidden } = await expressionContext(
    draft,
    [expressionReferences(over)],
    isLast,
  );
  const texts = evaluateList(over, context);
  assertSize(texts, maxItems);
  return {
    items: texts.map(item => ({
      item,
      item_shown: shownOutput(item, hidden),
    })),
    used,
  };
}

function assertLength(length: number, maxItems: number): void {
  if (length > maxItems) {
    throw new InputError(
      `it has ${length} items, at most ${maxItems} are allowed; raise map.maxItems (up to 10000), or give each instance a part of the list`,
    );
  }
}

function assertSize(items: readonly string[], maxItems: number): void {
  assertLength(items.length, maxItems);
  let total = 0;
  items.forEach((item, index) => {
    const size = Buffer.byteLength(item);
    total += size;
    if (size > MAX_MAP_ITEM_BYTES) {
      throw new InputError(
        `item ${index} has ${size} bytes as JSON, at most ${MAX_MAP_ITEM_BYTES} are allowed; hand on where it stands instead`,
      );
    }
  });
  if (total > MAX_MAP_BYTES) {
    throw new InputError(
      `its items have ${total} bytes as JSON, at most ${MAX_MAP_BYTES} are allowed; hand on where they stand instead`,
    );
  }
}
