import { InputError } from '@backstage/errors';
import {
  mappedGroupOf,
  type ExpressionReferences,
  type PipelineDefinition,
} from '@maestro/plugin-maestro-common';
import { hiddenParts } from './maskValue';
import type { RunDraft } from './RunDraft';

/** Longest output that is kept with an event, in characters. */
const MAX_USED = 1_000;

/** Outputs as expressions see them. */
export interface ReadOutputs {
  tasks: Record<string, { outputs: Record<string, unknown> }>;
  /** As they may be shown; long ones are left out. */
  used: Record<string, unknown>;
  /** Texts in them that must be shown nowhere. */
  hidden: string[];
}

/**
 * The outputs of tasks. Those of a mapped task are lists by map index, with
 * null where an instance wrote none; an instance in a mapped group sees those
 * of the same index of the tasks in it.
 *
 * @param viewer - slot of the task or instance that uses them
 * @throws InputError when one of a mapped task is too large for expressions
 */
export async function readOutputs(
  draft: RunDraft,
  named: readonly ExpressionReferences[],
  taskIds: readonly string[],
  viewer?: number,
): Promise<ReadOutputs> {
  const read: ReadOutputs = { tasks: {}, used: {}, hidden: [] };
  for (const id of taskIds) read.tasks[id] = { outputs: {} };
  const numbers = taskNumbers(draft.definition);
  const isMapped = (id: string) => {
    const no = numbers.get(id);
    return no !== undefined && draft.definition.tasks[no].map !== undefined;
  };
  const isBeside = (id: string) => {
    const no = numbers.get(id);
    return (
      viewer !== undefined &&
      no !== undefined &&
      isAtSameIndex(draft, viewer, no)
    );
  };
  const plain = taskIds.filter(id => !isMapped(id));
  if (plain.length > 0) await readPlain(draft, plain, -1, read);
  const beside = taskIds.filter(isBeside);
  if (beside.length > 0) {
    await readPlain(draft, beside, draft.instance(viewer!).map_index, read);
  }
  const mapped = taskIds.filter(id => isMapped(id) && !isBeside(id));
  for (const id of mapped) {
    const keys = new Set(
      named.flatMap(({ tasks }) =>
        tasks.filter(task => task.id === id).map(task => task.output),
      ),
    );
    await readMapped(draft, { id, no: numbers.get(id)!, keys }, read);
  }
  return read;
}

/** Whether a task is in the mapped group of the instance that looks. */
function isAtSameIndex(draft: RunDraft, viewer: number, no: number): boolean {
  const { task_no: own, map_index: index } = draft.instance(viewer);
  const group = mappedGroupOf(draft.definition, own);
  return (
    group !== undefined &&
    index >= 0 &&
    mappedGroupOf(draft.definition, no) === group
  );
}

async function readPlain(
  draft: RunDraft,
  ids: readonly string[],
  mapIndex: number,
  read: ReadOutputs,
): Promise<void> {
  const rows = await draft.ctx.db
    .table(draft.tx, 'outputs')
    .where({ run_id: draft.id, map_index: mapIndex })
    .whereIn('task_id', ids as string[])
    .select('task_id', 'key', 'value', 'shown');
  for (const row of rows) {
    // A large output is a blob, which no expression can use.
    if (row.value === null) continue;
    const value: unknown = JSON.parse(row.value);
    read.tasks[row.task_id].outputs[row.key] = value;
    const shown: unknown = row.shown === null ? value : JSON.parse(row.shown);
    if (row.shown !== null) read.hidden.push(...hiddenParts(value, shown));
    if (row.value.length <= MAX_USED) {
      read.used[`tasks.${row.task_id}.outputs.${row.key}`] = shown;
    }
  }
}

async function readMapped(
  draft: RunDraft,
  of: { id: string; no: number; keys: ReadonlySet<string> },
  read: ReadOutputs,
): Promise<void> {
  const { id, no, keys } = of;
  const indices = (draft.children.get(no) ?? []).flatMap((slot, index) =>
    draft.states[slot] === 'removed' ? [] : [index],
  );
  const length = indices.length === 0 ? 0 : indices[indices.length - 1] + 1;
  const { outputs } = read.tasks[id];
  const size = new Map<string, number>();
  const listOf = (key: string) => {
    outputs[key] ??= new Array<unknown>(length).fill(null);
    return outputs[key] as unknown[];
  };
  // Also where none of them wrote it.
  for (const key of keys) if (key !== '*') listOf(key);
  const query = draft.ctx.db
    .table(draft.tx, 'outputs')
    .where({ run_id: draft.id, task_id: id })
    .where('map_index', '>=', 0)
    .select('map_index', 'key', 'value', 'shown');
  if (!keys.has('*')) query.whereIn('key', [...keys]);
  for (const row of await query) {
    if (row.map_index >= length) continue;
    if (row.value === null) {
      throw new InputError(
        `Output "${row.key}" of ${id}[${row.map_index}] is too large for an expression; write where it stands instead`,
      );
    }
    const value: unknown = JSON.parse(row.value);
    listOf(row.key)[row.map_index] = value;
    size.set(row.key, (size.get(row.key) ?? 0) + row.value.length);
    if (row.shown === null) continue;
    read.hidden.push(...hiddenParts(value, JSON.parse(row.shown)));
    // Something in it is hidden: what was used is not shown at all.
    size.set(row.key, Infinity);
  }
  for (const [key, value] of Object.entries(outputs)) {
    if ((size.get(key) ?? 0) + length * 5 <= MAX_USED) {
      read.used[`tasks.${id}.outputs.${key}`] = value;
    }
  }
}

// A definition never changes after it was made.
const numbersOf = new WeakMap<PipelineDefinition, Map<string, number>>();

function taskNumbers(definition: PipelineDefinition): Map<string, number> {
  let numbers = numbersOf.get(definition);
  if (!numbers) {
    numbers = new Map(definition.tasks.map(task => [task.id, task.no]));
    numbersOf.set(definition, numbers);
  }
  return numbers;
}
