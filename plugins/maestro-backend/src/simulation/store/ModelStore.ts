import { CommittedRows, placeIn } from './CommittedRows';
import type { ModelRow } from './conditions';
import type { ModelTable, ModelUnique } from './modelSchema';

/** Says that a statement must wait until a transaction is over. */
export class Blocked {
  constructor(readonly by: ModelTransaction) {}
}

/** A refusal with the code that PostgreSQL gives it. */
export class ModelError extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

/** What a transaction has written, and the rows it holds. */
export class ModelTransaction {
  readonly writes = new Map<string, Map<string, ModelRow | undefined>>();
  readonly locks = new Set<string>();
  state: 'open' | 'failed' | 'over' = 'open';
  /** Set while one of its statements waits. */
  waitsFor: ModelTransaction | undefined;

  constructor(readonly store: ModelStore, readonly owner: string) {}
}

/**
 * A database as the engine sees PostgreSQL at READ COMMITTED, in plain maps:
 * each statement sees what is committed and what its own transaction wrote;
 * who changes or locks a row keeps it until the end; who meets a locked row
 * waits, and looks again; unique indexes wait for a rival that is not
 * committed yet; a circle of waits ends with a deadlock error, and after an
 * error a transaction can only be rolled back.
 */
export class ModelStore {
  private readonly committed = new Map<string, CommittedRows>();
  private readonly holders = new Map<string, ModelTransaction>();
  private readonly counters = new Map<string, number>();
  private readonly open = new Set<ModelTransaction>();

  constructor(private readonly schema: ReadonlyMap<string, ModelTable>) {
    for (const [name, table] of schema) {
      this.committed.set(name, new CommittedRows(table.uniques));
    }
  }

  /** Begins a transaction; `owner` is for {@link ModelStore.rollbackAll}. */
  begin(owner: string): ModelTransaction {
    const tx = new ModelTransaction(this, owner);
    this.open.add(tx);
    return tx;
  }

  /** Makes what was written visible to everybody. */
  commit(tx: ModelTransaction): void {
    if (tx.state === 'failed') {
      this.rollback(tx);
      throw new ModelError('25P02', 'the transaction failed before its commit');
    }
    if (tx.state === 'over') throw new Error('This transaction is over');
    for (const [name, rows] of tx.writes) {
      const table = this.committed.get(name)!;
      for (const [key, row] of rows) {
        if (row) table.set(key, row);
        else table.delete(key);
      }
    }
    this.end(tx);
  }

  /** Forgets what was written. */
  rollback(tx: ModelTransaction): void {
    if (tx.state !== 'over') this.end(tx);
  }

  /** What the server does when the connections of a process are gone. */
  rollbackAll(owner: string): void {
    for (const tx of [...this.open]) if (tx.owner === owner) this.rollback(tx);
  }

  /** Transactions that nobody ended. */
  openTransactions(): number {
    return this.open.size;
  }

  /** Committed rows, for those who check. */
  rows(name: string): ModelRow[] {
    return [...this.committed.get(name)!.all().values()];
  }

  table(name: string): ModelTable {
    const table = this.schema.get(name);
    if (!table) throw new ModelError('42P01', `There is no table "${name}"`);
    return table;
  }

  /**
   * Rows as a transaction sees them that are meant, what it wrote itself behind
   * the others.
   *
   * @param options - `key`: the only one that can be meant; `most`: looks no
   *   further when it has so many
   */
  visible(
    tx: ModelTransaction,
    name: string,
    isMeant: (row: ModelRow, key: string) => boolean,
    { key: only, most = Infinity }: { key?: string; most?: number } = {},
  ): Array<[string, ModelRow]> {
    if (only !== undefined) {
      const row = this.find(tx, name, only);
      return row && isMeant(row, only) ? [[only, row]] : [];
    }
    const found: Array<[string, ModelRow]> = [];
    const own = tx.writes.get(name);
    for (const [key, row] of this.committed.get(name)!.all()) {
      if (own?.has(key) || !isMeant(row, key)) continue;
      found.push([key, row]);
      if (found.length >= most) return found;
    }
    if (!own) return found;
    for (const [key, row] of own) {
      if (!row || !isMeant(row, key)) continue;
      found.push([key, row]);
      if (found.length >= most) return found;
    }
    return found;
  }

  /** One row as a transaction sees it. */
  find(tx: ModelTransaction, name: string, key: string): ModelRow | undefined {
    const own = tx.writes.get(name);
    return own?.has(key) ? own.get(key) : this.committed.get(name)!.get(key);
  }

  /** Keeps a row to the end of the transaction. */
  lock(tx: ModelTransaction, name: string, key: string): void {
    const lock = `${name}/${key}`;
    const holder = this.holders.get(lock);
    if (holder === tx) return;
    if (holder) this.waitFor(tx, holder);
    this.holders.set(lock, tx);
    tx.locks.add(lock);
  }

  /** Whether nobody else holds the lock of a row. */
  isFree(tx: ModelTransaction, name: string, key: string): boolean {
    const holder = this.holders.get(`${name}/${key}`);
    return holder === undefined || holder === tx;
  }

  /** Stores a row, or with undefined takes it away. */
  write(
    tx: ModelTransaction,
    name: string,
    key: string,
    row: ModelRow | undefined,
  ): void {
    const rows = tx.writes.get(name) ?? new Map();
    tx.writes.set(name, rows);
    rows.set(key, row);
  }

  /**
   * The row that stands in the way of `row` by a unique index. A rival that is
   * not committed is waited for.
   */
  conflicting(
    tx: ModelTransaction,
    table: ModelTable,
    row: ModelRow,
    ignoreKey: string,
  ): { key: string; index: string; columns: readonly string[] } | undefined {
    for (const unique of table.uniques) {
      const place = placeIn(unique, row);
      if (place === undefined) continue;
      const isSame = (other: ModelRow) => placeIn(unique, other) === place;
      this.waitForRivals(tx, table.name, ignoreKey, isSame);
      const key = this.rivalAt(tx, table.name, unique, place, ignoreKey);
      if (key !== undefined) {
        return { key, index: unique.name, columns: unique.columns };
      }
    }
    return undefined;
  }

  private rivalAt(
    tx: ModelTransaction,
    name: string,
    unique: ModelUnique,
    place: string,
    ignoreKey: string,
  ): string | undefined {
    const own = tx.writes.get(name);
    const key = this.committed.get(name)!.keyAt(unique, place);
    if (key !== undefined && key !== ignoreKey && !own?.has(key)) return key;
    for (const [ownKey, row] of own ?? []) {
      if (row && ownKey !== ignoreKey && placeIn(unique, row) === place) {
        return ownKey;
      }
    }
    return undefined;
  }

  /** The next number of a serial column; as in a database, never given twice. */
  nextSerial(name: string): number {
    const next = (this.counters.get(name) ?? 0) + 1;
    this.counters.set(name, next);
    return next;
  }

  private waitForRivals(
    tx: ModelTransaction,
    name: string,
    ignoreKey: string,
    isSame: (row: ModelRow) => boolean,
  ): void {
    for (const rival of this.open) {
      const written = rival === tx ? undefined : rival.writes.get(name);
      if (!written) continue;
      for (const [key, row] of written) {
        const before = this.committed.get(name)!.get(key);
        // A delete or a change that is not committed may be taken back.
        if (
          key !== ignoreKey &&
          ((row && isSame(row)) || (before && isSame(before)))
        ) {
          this.waitFor(tx, rival);
        }
      }
    }
  }

  private waitFor(tx: ModelTransaction, holder: ModelTransaction): never {
    for (let next = holder.waitsFor; next; next = next.waitsFor) {
      if (next === tx) throw new ModelError('40P01', 'deadlock detected');
    }
    tx.waitsFor = holder;
    throw new Blocked(holder);
  }

  private end(tx: ModelTransaction): void {
    tx.state = 'over';
    tx.waitsFor = undefined;
    for (const lock of tx.locks) this.holders.delete(lock);
    this.open.delete(tx);
  }
}
