import {
  type Condition,
  type ModelRow,
  allOf,
  compare,
  isIn,
  isLike,
  parseRaw,
  plain,
} from './conditions';
import { ModelError, type ModelTransaction } from './ModelStore';
import type { ModelTable } from './modelSchema';
import {
  deleteRows,
  insertRows,
  keyOf,
  type OnConflict,
  readRows,
  type Selection,
  updateRows,
} from './modelStatements';

/** Runs a statement in a transaction: at once, or when others let it. */
export type RunStatement = (
  label: string,
  statement: (tx: ModelTransaction) => unknown,
) => Promise<unknown>;

type Values = Record<string, unknown>;
type OrderArgument =
  | string
  | ReadonlyArray<string | { column: string; order?: string }>;

/**
 * The part of Knex' query builder that the engine uses, over the model store.
 * What it does not know it refuses: a statement is understood, or the
 * simulation fails and says which method is missing.
 */
export class ModelQuery implements PromiseLike<unknown> {
  private readonly groups: Condition[][] = [[]];
  /** What columns of the key must be, by all conditions together. */
  private readonly equal: Values = {};
  private readonly selection: Selection = { columns: [], order: [] };
  private verb: 'select' | 'insert' | 'update' | 'delete' = 'select';
  private values: Values[] = [];
  private conflict: OnConflict | undefined;
  private returningColumns: string[] | undefined;
  private isFirst = false;
  /** What is looked up first, in the same transaction. */
  private readonly inner: Array<(tx: ModelTransaction) => void> = [];

  constructor(
    private readonly table: ModelTable,
    private readonly run: RunStatement,
  ) {}

  where(first: unknown, second?: unknown, third?: unknown): this {
    if (typeof first === 'function') {
      const group = new ModelQuery(this.table, this.run);
      first(group);
      return this.and(group.condition());
    }
    if (typeof first === 'object' && first !== null) {
      const values = first as Values;
      for (const column of Object.keys(values)) {
        this.and(this.compare(column, '=', values[column]));
      }
      return this;
    }
    return third === undefined
      ? this.and(this.compare(first as string, '=', second))
      : this.and(this.compare(first as string, second as string, third));
  }

  orWhere(first: unknown, second?: unknown, third?: unknown): this {
    this.groups.push([]);
    return this.where(first, second, third);
  }

  whereNot(column: string, value: unknown): this {
    return this.and(this.compare(column, '<>', value));
  }

  whereIn(column: string, values: readonly unknown[] | ModelQuery): this {
    this.known(column);
    if (!(values instanceof ModelQuery)) {
      return this.and(isIn(column, values));
    }
    const found = new Set<unknown>();
    this.inner.push(tx => {
      found.clear();
      const [name] = values.selection.columns as string[];
      for (const row of values.execute(tx) as ModelRow[]) found.add(row[name]);
    });
    return this.and(row => found.has(row[column]));
  }

  whereNotIn(column: string, values: readonly unknown[]): this {
    return this.and(isIn(this.known(column), values, true));
  }

  orWhereNotIn(column: string, values: readonly unknown[]): this {
    this.groups.push([isIn(this.known(column), values, true)]);
    return this;
  }

  whereNull(column: string): this {
    this.known(column);
    return this.and(row => row[column] === null);
  }

  whereNotNull(column: string): this {
    this.known(column);
    return this.and(row => row[column] !== null);
  }

  whereRaw(text: string, bindings?: readonly unknown[]): this {
    return this.and(parseRaw(text, bindings));
  }

  orderBy(order: OrderArgument, direction = 'asc'): this {
    const columns = typeof order === 'string' ? [order] : order;
    for (const entry of columns) {
      const { column, order: way = direction } =
        typeof entry === 'string' ? { column: entry } : entry;
      this.selection.order.push({ column, descending: way === 'desc' });
    }
    return this;
  }

  limit(count: number): this {
    this.selection.limit = count;
    return this;
  }

  select(...columns: Array<string | readonly string[]>): this {
    for (const column of columns) {
      if (typeof column === 'string') this.selection.columns.push(column);
      else this.selection.columns.push(...column);
    }
    return this;
  }

  first(...columns: string[]): this {
    this.isFirst = true;
    return this.limit(1).select(...columns);
  }

  count(names: Record<string, '*'>): this {
    [this.selection.count] = Object.keys(names);
    return this;
  }

  min(names: Record<string, string>): this {
    const [[name, column]] = Object.entries(names);
    this.selection.min = { name, column };
    return this;
  }

  groupBy(...columns: string[]): this {
    this.selection.groupBy = columns;
    return this;
  }

  forUpdate(): this {
    this.selection.forUpdate = true;
    return this;
  }

  skipLocked(): this {
    this.selection.skipLocked = true;
    return this;
  }

  insert(rows: Values | Values[]): this {
    this.verb = 'insert';
    this.values = Array.isArray(rows) ? rows : [rows];
    return this;
  }

  onConflict(columns?: string | readonly string[]): this {
    this.conflict = { columns: columns === undefined ? [] : [columns].flat() };
    return this;
  }

  ignore(): this {
    return this;
  }

  merge(columns?: readonly string[]): this {
    this.conflict!.merge = columns ?? [];
    return this;
  }

  returning(columns: string | readonly string[]): this {
    this.returningColumns = [columns].flat();
    return this;
  }

  update(values: Values): this {
    this.verb = 'update';
    this.values = [values];
    return this;
  }

  delete(): this {
    this.verb = 'delete';
    return this;
  }

  then<A, B>(
    resolve?: ((value: unknown) => A | PromiseLike<A>) | null,
    reject?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return this.run(`${this.verb} ${this.table.name}`, tx =>
      this.execute(tx),
    ).then(resolve, reject);
  }

  private execute(tx: ModelTransaction): unknown {
    for (const lookUp of this.inner) lookUp(tx);
    const { table, returningColumns: returning } = this;
    switch (this.verb) {
      case 'insert':
        return insertRows(tx, table, this.values, {
          conflict: this.conflict,
          returning,
        });
      case 'update':
        return updateRows(tx, table, this.condition(), this.values[0], {
          key: this.key(),
          returning,
        });
      case 'delete':
        return deleteRows(tx, table, this.condition(), this.key());
      default: {
        const { selection } = this;
        const rows = readRows(
          tx,
          table,
          this.condition(),
          selection,
          this.key(),
        );
        return this.isFirst ? rows[0] : rows;
      }
    }
  }

  private condition(): Condition {
    const groups = this.groups.map(allOf);
    return groups.length === 1
      ? groups[0]
      : row => groups.some(test => test(row));
  }

  /** The key of the only row that can be meant, if the conditions tell it. */
  private key(): string | undefined {
    const { equal, groups, table } = this;
    if (groups.length > 1) return undefined;
    for (const column of table.key) {
      if (equal[column] === undefined) return undefined;
    }
    return keyOf(table, equal);
  }

  private and(condition: Condition): this {
    this.groups[this.groups.length - 1].push(condition);
    return this;
  }

  private compare(column: string, operator: string, value: unknown): Condition {
    this.known(column);
    if (operator === 'like') return isLike(column, value as string);
    if (operator === 'in') return isIn(column, value as unknown[]);
    if (operator === '=') this.equal[column] = plain(value);
    return compare(column, operator, value);
  }

  private known(column: string): string {
    if (!(column in this.table.template)) {
      throw new ModelError(
        '42703',
        `Table "${this.table.name}" has no column "${column}"`,
      );
    }
    return column;
  }
}

/** Rows of a statement, read only. */
export type { ModelRow };
