import { InputError } from '@backstage/errors';
import type { AirflowMapLength } from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import type { RunDraft } from './RunDraft';

/** Python's sequences that JSON has not, as Airflow's serializer writes them. */
const SEQUENCES = new Set([
  'builtins.tuple',
  'builtins.set',
  'builtins.frozenset',
]);

/**
 * How many instances a task of Airflow has that is expanded over these lists.
 *
 * @throws InputError for what has no length
 */
export async function airflowMapLength(
  draft: RunDraft,
  over: readonly AirflowMapLength[],
): Promise<number> {
  let product = 1;
  for (const part of over) product *= await lengthOf(draft, part);
  return over.length === 0 ? 0 : product;
}

async function lengthOf(
  draft: RunDraft,
  of: AirflowMapLength,
): Promise<number> {
  if ('length' in of) return of.length;
  if ('task' in of) return xcomLength(draft, of);
  const lengths: number[] = [];
  for (const part of 'zip' in of ? of.zip : of.concat) {
    lengths.push(await lengthOf(draft, part));
  }
  if ('concat' in of) return lengths.reduce((sum, length) => sum + length, 0);
  if (lengths.length === 0) return 0;
  return of.longest ? Math.max(...lengths) : Math.min(...lengths);
}

/** Of what one task hands on, or the number of instances that did. */
async function xcomLength(
  draft: RunDraft,
  { task, key }: { task: string; key: string },
): Promise<number> {
  const outputs = draft.ctx.db
    .table(draft.tx, 'outputs')
    .where({ run_id: draft.id, task_id: task, key });
  const isMapped = draft.definition.tasks.some(
    ({ id, map }) => id === task && map !== undefined,
  );
  if (isMapped) {
    const counted = await outputs
      .where('map_index', '>=', 0)
      .count({ n: '*' })
      .first();
    return num(counted?.n ?? 0);
  }
  const row = await outputs.where({ map_index: -1 }).first('value');
  if (!row) {
    throw new InputError(`task "${task}" has handed on no XCom "${key}"`);
  }
  if (row.value === null) {
    throw new InputError(
      `XCom "${key}" of "${task}" is too large to be expanded over; hand on where the data stands instead`,
    );
  }
  return lengthOfValue(JSON.parse(row.value), `XCom "${key}" of "${task}"`);
}

function lengthOfValue(value: unknown, what: string): number {
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'object' && value !== null) {
    const { __classname__: name, __data__: data } = value as {
      __classname__?: string;
      __data__?: unknown;
    };
    if (name === undefined) return Object.keys(value).length;
    if (SEQUENCES.has(name) && Array.isArray(data)) return data.length;
  }
  throw new InputError(`${what} is neither a list nor a dictionary`);
}
