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

/** Reads, and with `forUpdate` locks. */
export function readRows(
  tx: ModelTransaction,
  table: ModelTable,
  condition: Condition,
  selection: Selection,
): unknown[] {
  const found = [...tx.store.visible(tx, table.name)]
    .filter(([, row]) => condition(row))
    .filter(
      ([key]) => !selection.skipLocked || tx.store.isFree(tx, table.name, key),
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
  const taken =
    selection.limit === undefined ? ordered : ordered.slice(0, selection.limit);
  if (selection.forUpdate) {
    for (const [key] of taken) tx.store.lock(tx, table.name, key);
  }
  return taken.map(([, row]) => project(row, selection.columns));
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
  if (order.length === 0) return entries;
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
  return Object.fromEntries(columns.map(column => [column, row[column]]));
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
  rows.forEach(row => store.conflicting(tx, table, row, ''));
  const stored: ModelRow[] = [];
  rows.forEach((row, i) => {
    const rival = store.conflicting(tx, table, row, '');
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

/** Updates what is meant; gives the number of rows, or the rows. */
export function updateRows(
  tx: ModelTransaction,
  table: ModelTable,
  condition: Condition,
  values: Record<string, unknown>,
  returning: readonly string[] | undefined,
): unknown {
  const { store } = tx;
  const meant = lockAll(tx, table, condition);
  const given = columnsOf(table, values);
  const changed = meant.map(([key, before]) => {
    const row = { ...before, ...given };
    assertNotNull(table, row);
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

/** Deletes what is meant; gives the number of rows. */
export function deleteRows(
  tx: ModelTransaction,
  table: ModelTable,
  condition: Condition,
): number {
  const meant = lockAll(tx, table, condition);
  for (const [key] of meant) tx.store.write(tx, table.name, key, undefined);
  return meant.length;
}

function lockAll(
  tx: ModelTransaction,
  table: ModelTable,
  condition: Condition,
): Array<[string, ModelRow]> {
  const meant = [...tx.store.visible(tx, table.name)].filter(([, row]) =>
    condition(row),
  );
  for (const [key] of meant) tx.store.lock(tx, table.name, key);
  return meant;
}

function complete(
  tx: ModelTransaction,
  table: ModelTable,
  given: Record<string, unknown>,
): ModelRow {
  const row: Record<string, unknown> = {
    ...table.template,
    ...columnsOf(table, given),
  };
  if (table.serial && row[table.serial] === null) {
    row[table.serial] = tx.store.nextSerial(table.name);
  }
  assertNotNull(table, row);
  return row;
}

function columnsOf(
  table: ModelTable,
  given: Record<string, unknown>,
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(given)) {
    if (!(column in table.template)) {
      throw new ModelError(
        '42703',
        `Table "${table.name}" has no column "${column}"`,
      );
    }
    if (value === undefined) continue;
    row[column] = typeof value === 'boolean' ? Number(value) : value;
  }
  return row;
}

function assertNotNull(table: ModelTable, row: ModelRow): void {
  const empty = table.notNull.find(column => row[column] === null);
  if (empty) {
    throw new ModelError(
      '23502',
      `null value in column "${empty}" of "${table.name}" violates not-null constraint`,
    );
  }
}

function keyOf(table: ModelTable, row: ModelRow): string {
  return table.key.map(column => String(row[column])).join('/');
}
