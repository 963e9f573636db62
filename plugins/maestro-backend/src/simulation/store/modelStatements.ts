import type { Condition, ModelRow } from './conditions';
import { ModelError, type ModelTransaction } from './ModelStore';
import type { ModelTable } from './modelSchema';

/** What a select gives. */
export interface Selection {
  columns: string[];
  order: Array<{ column: string; descending: boolean }>;
  limit?: number;
  forUpdate?: boolean;
  /** Rows that another transaction holds are left out. */
  skipLocked?: boolean;
  count?: string;
  min?: { name: string; column: string };
  groupBy?: readonly string[];
}

/** `on conflict (columns) do nothing`, or with `merge` an update. */
export interface OnConflict {
  columns: readonly string[];
  /** Columns taken over; none named means all that were given. */
  merge?: readonly string[];
}

/**
 * Reads, and with `forUpdate` locks.
 *
 * @param key - the only row that can be meant
 */
export function readRows(
  tx: ModelTransaction,
  table: ModelTable,
  condition: Condition,
  selection: Selection,
  key?: string,
): unknown[] {
  const { columns, order, limit, skipLocked, forUpdate } = selection;
  const isWhole = selection.count || selection.groupBy || order.length > 0;
  const found = tx.store.visible(
    tx,
    table.name,
    skipLocked
      ? (row, its) => condition(row) && tx.store.isFree(tx, table.name, its)
      : condition,
    { key, most: isWhole ? undefined : limit },
  );
  if (selection.count) return [{ [selection.count]: found.length }];
  if (selection.groupBy) {
    return sorted(
      groups(
        found.map(([, row]) => row),
        selection,
      ),
      selection,
    );
  }
  const ordered = sorted(found, selection, entry => entry[1]);
  const taken = limit === undefined ? ordered : ordered.slice(0, limit);
  if (forUpdate) {
    for (const [its] of taken) tx.store.lock(tx, table.name, its);
  }
  return taken.map(([, row]) => project(row, columns));
}

function groups(rows: ModelRow[], { groupBy, min }: Selection): ModelRow[] {
  const found = new Map<string, Record<string, unknown>>();
  for (const row of rows) {
    const value = row[min!.column] as number;
    const key = JSON.stringify(groupBy!.map(column => row[column]));
    const group = found.get(key) ?? {
      ...Object.fromEntries(groupBy!.map(column => [column, row[column]])),
      [min!.name]: value,
    };
    group[min!.name] = Math.min(value, group[min!.name] as number);
    found.set(key, group);
  }
  return [...found.values()];
}

function sorted<T>(
  entries: T[],
  { order }: Selection,
  rowOf: (entry: T) => ModelRow = entry => entry as unknown as ModelRow,
): T[] {
  if (order.length === 0 || entries.length < 2) return entries;
  return [...entries].sort((one, other) => {
    for (const { column, descending } of order) {
      const way = compareValues(rowOf(one)[column], rowOf(other)[column]);
      if (way !== 0) return descending ? -way : way;
    }
    return 0;
  });
}

function compareValues(a: unknown, b: unknown): number {
  if (a === b) return 0;
  // PostgreSQL: null comes last, and first when it is descending.
  if (a === null) return 1;
  if (b === null) return -1;
  return (a as number) < (b as number) ? -1 : 1;
}

function project(row: ModelRow, columns: readonly string[]): ModelRow {
  if (columns.length === 0 || columns.includes('*')) return { ...row };
  const taken: Record<string, unknown> = {};
  for (const column of columns) taken[column] = row[column];
  return taken;
}

/** Inserts; what stands in the way by a unique index is refused, or handled. */
export function insertRows(
  tx: ModelTransaction,
  table: ModelTable,
  values: ReadonlyArray<Record<string, unknown>>,
  options: { conflict?: OnConflict; returning?: readonly string[] },
): unknown {
  const { store } = tx;
  const { conflict, returning } = options;
  // All waits come before the first write: a statement is done or not at all.
  const rows = values.map(given => complete(tx, table, given));
  const rivals = rows.map(row => store.conflicting(tx, table, row, ''));
  const stored: ModelRow[] = [];
  rows.forEach((row, i) => {
    // Behind the first row, what was written just now may be in the way too.
    const rival = i === 0 ? rivals[0] : store.conflicting(tx, table, row, '');
    if (!rival) {
      const key = keyOf(table, row);
      store.lock(tx, table.name, key);
      store.write(tx, table.name, key, row);
      stored.push(row);
      return;
    }
    if (!conflict || !isMeant(conflict, rival.columns)) {
      throw new ModelError(
        '23505',
        `duplicate key value violates unique constraint "${rival.index}"`,
      );
    }
    if (!conflict.merge) return;
    store.lock(tx, table.name, rival.key);
    const taken =
      conflict.merge.length > 0 ? conflict.merge : Object.keys(values[i]);
    const before = store.find(tx, table.name, rival.key)!;
    const after = {
      ...before,
      ...Object.fromEntries(taken.map(column => [column, row[column]])),
    };
    store.write(tx, table.name, rival.key, after);
    stored.push(after);
  });
  return returning
    ? stored.map(row => project(row, returning))
    : { rowCount: stored.length };
}

function isMeant(conflict: OnConflict, columns: readonly string[]): boolean {
  return (
    conflict.columns.length === 0 ||
    (conflict.columns.length === columns.length &&
      columns.every(column => conflict.columns.includes(column)))
  );
}

/**
 * Updates what is meant; gives the number of rows, or the rows.
 *
 * @param options - `key`: the only row that can be meant
 */
export function updateRows(
  tx: ModelTransaction,
  table: ModelTable,
  condition: Condition,
  values: Record<string, unknown>,
  {
    key: only,
    returning,
  }: { key?: string; returning?: readonly string[] } = {},
): unknown {
  const { store } = tx;
  const meant = lockAll(tx, table, condition, only);
  const given = assign(table, {}, values);
  const changed = meant.map(([key, before]) => {
    const row = Object.assign({ ...before }, given);
    assertNotNull(table, row);
    // Rows are found by it.
    if (keyOf(table, row) !== key) {
      throw new Error(`The model store changes no key, as of ${table.name}`);
    }
    const rival = store.conflicting(tx, table, row, key);
    if (rival) {
      throw new ModelError(
        '23505',
        `duplicate key value violates unique constraint "${rival.index}"`,
      );
    }
    return [key, row] as const;
  });
  for (const [key, row] of changed) store.write(tx, table.name, key, row);
  return returning
    ? changed.map(([, row]) => project(row, returning))
    : changed.length;
}

/**
 * Deletes what is meant; gives the number of rows.
 *
 * @param only - the key of the only row that can be meant
 */
export function deleteRows(
  tx: ModelTransaction,
  table: ModelTable,
  condition: Condition,
  only?: string,
): number {
  const meant = lockAll(tx, table, condition, only);
  for (const [key] of meant) tx.store.write(tx, table.name, key, undefined);
  return meant.length;
}

function lockAll(
  tx: ModelTransaction,
  table: ModelTable,
  condition: Condition,
  only: string | undefined,
): Array<[string, ModelRow]> {
  const meant = tx.store.visible(tx, table.name, condition, { key: only });
  for (const [key] of meant) tx.store.lock(tx, table.name, key);
  return meant;
}

function complete(
  tx: ModelTransaction,
  table: ModelTable,
  given: Record<string, unknown>,
): ModelRow {
  const row = assign(table, { ...table.template }, given);
  if (table.serial && row[table.serial] === null) {
    row[table.serial] = tx.store.nextSerial(table.name);
  }
  assertNotNull(table, row);
  return row;
}

function assign(
  table: ModelTable,
  row: Record<string, unknown>,
  given: Record<string, unknown>,
): Record<string, unknown> {
  for (const column of Object.keys(given)) {
    if (!(column in table.template)) {
      throw new ModelError(
        '42703',
        `Table "${table.name}" has no column "${column}"`,
      );
    }
    const value = given[column];
    if (value === undefined) continue;
    row[column] = typeof value === 'boolean' ? Number(value) : value;
  }
  return row;
}

function assertNotNull(table: ModelTable, row: ModelRow): void {
  for (const column of table.notNull) {
    if (row[column] !== null) continue;
    throw new ModelError(
      '23502',
      `null value in column "${column}" of "${table.name}" violates not-null constraint`,
    );
  }
}

/** How a row is told from others of its table. */
export function keyOf(table: ModelTable, row: ModelRow): string {
  const { key } = table;
  let text = String(row[key[0]]);
  for (let no = 1; no < key.length; no++) text += `/${row[key[no]]}`;
  return text;
}
