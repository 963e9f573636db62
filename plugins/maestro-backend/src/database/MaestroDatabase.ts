import { resolvePackagePath } from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import { checkSchema, migrate } from './migrate';
import { keepStatements } from './sqliteStatements';
import type { Tables } from './tables';

/**
 * A transaction. Operations take it first: on SQLite the pool has one
 * connection, so a plain query inside a transaction waits for ever.
 */
export type Tx = Knex.Transaction;

/** Which database it is, where a statement must differ. */
export type Dialect = 'sqlite' | 'postgres';

/**
 * Milliseconds that transactions on SQLite may follow each other before others
 * have their turn. Its statements answer at once, in this process: without
 * that, no request of a page is read while a long run is under way.
 */
const TURN_MS = 10;

/** Options of {@link MaestroDatabase.open}. */
export interface MaestroDatabaseOptions {
  /** Apply migrations; false in production, where a command does it. */
  migrate: boolean;
  /**
   * Replaces the clock of the database, in epoch milliseconds. For a virtual
   * clock only: several schedulers must share one clock.
   */
  clock?: () => number;
}

/**
 * The store: one knex, its dialect and its clock. Nothing else in Maestro asks
 * what time it is.
 */
export class MaestroDatabase {
  private turnBegan: number | undefined;

  /** Use {@link MaestroDatabase.open}; the simulator derives a store of its own. */
  protected constructor(
    readonly knex: Knex,
    readonly dialect: Dialect,
    private readonly clock: (() => number) | undefined,
  ) {}

  /** Sets up the connection, migrates or checks the schema. */
  static async open(
    knex: Knex,
    options: MaestroDatabaseOptions,
  ): Promise<MaestroDatabase> {
    const dialect: Dialect = String(knex.client.config.client).includes(
      'sqlite',
    )
      ? 'sqlite'
      : 'postgres';
    if (dialect === 'sqlite') {
      await prepareSqlite(knex);
    }
    if (options.migrate) {
      await migrate(knex, MaestroDatabase.migrationsDirectory());
    }
    await checkSchema(knex);
    if (dialect === 'sqlite') await keepStatements(knex);
    return new MaestroDatabase(knex, dialect, options.clock);
  }

  /** Where the migrations stand. */
  static migrationsDirectory(): string {
    return resolvePackagePath('@maestro/plugin-maestro-backend', 'migrations');
  }

  /** A query builder for one table, with its row type. */
  table<T extends keyof Tables>(
    tx: Tx | Knex,
    name: T,
  ): Knex.QueryBuilder<Tables[T], Tables[T][]> {
    return tx(name as string) as unknown as Knex.QueryBuilder<
      Tables[T],
      Tables[T][]
    >;
  }

  /**
   * Runs `fn` in a transaction. Signals, launches and everything else outside
   * the database wait until it is committed.
   */
  async transaction<R>(fn: (tx: Tx) => Promise<R>): Promise<R> {
    if (this.dialect === 'sqlite' && !this.clock) await this.takeTurns();
    return this.knex.transaction(fn);
  }

  /** Lets timers and requests of this process go first, when it is time. */
  private async takeTurns(): Promise<void> {
    const now = performance.now();
    if (this.turnBegan === undefined) {
      this.turnBegan = now;
      setImmediate(() => {
        this.turnBegan = undefined;
      });
    } else if (now - this.turnBegan > TURN_MS) {
      await new Promise(resolve => {
        setImmediate(resolve);
      });
    }
  }

  /** Epoch milliseconds by the clock of the database. */
  async now(tx: Tx | Knex = this.knex): Promise<number> {
    if (this.clock) return this.clock();
    // SQLite runs in this process: its clock is this one.
    if (this.dialect === 'sqlite') return Date.now();
    const { rows } = await tx.raw(
      'select (extract(epoch from clock_timestamp()) * 1000)::bigint as now',
    );
    return Number(rows[0].now);
  }

  /**
   * Locks rows by ascending id, and says when that was: `now` is read behind
   * the lock, in the same statement where the database can.
   */
  async lockRows<T extends 'runs' | 'pipelines'>(
    tx: Tx,
    name: T,
    ids: readonly number[],
  ): Promise<{ rows: Tables[T][]; now: number }> {
    if (this.dialect === 'postgres' && !this.clock) {
      // A subquery that locks is not flattened: the clock is read after it.
      const { rows } = await tx.raw(
        `select locked.*, (extract(epoch from clock_timestamp()) * 1000)::bigint as locked_at from (select * from "${name}" where id = any(?) order by id for update) locked`,
        [ids as never],
      );
      const locked = rows as Array<{ locked_at?: string }>;
      const last = locked[locked.length - 1];
      const now = last ? Number(last.locked_at) : await this.now(tx);
      // The column stays on the rows: an object that loses one becomes slow.
      return { rows: rows as Tables[T][], now };
    }
    const query = this.table(tx, name)
      .whereIn('id', ids as never)
      .orderBy('id');
    // On SQLite the transaction itself is the single writer.
    if (this.dialect === 'postgres') query.forUpdate();
    const rows = (await query) as Tables[T][];
    return { rows, now: await this.now(tx) };
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    await this.knex.destroy();
  }
}

/**
 * Backstage opens SQLite with `journal_mode=delete, synchronous=FULL`, a disk
 * flush and two file operations for each transaction. WAL with NORMAL survives
 * a kill -9 of the process, not a loss of power.
 */
async function prepareSqlite(knex: Knex): Promise<void> {
  // Takes effect only before the first table.
  await knex.raw('PRAGMA auto_vacuum = INCREMENTAL');
  const mode = await knex.raw('PRAGMA journal_mode = WAL');
  await knex.raw('PRAGMA synchronous = NORMAL');
  await knex.raw('PRAGMA busy_timeout = 5000');
  const journal = mode?.[0]?.journal_mode;
  // A database in memory has no journal file and needs none.
  if (journal !== 'wal' && journal !== 'memory') {
    throw new Error(
      `SQLite stayed in journal mode "${journal}" instead of "wal": ` +
        'is the database on a file system without shared memory, such as NFS?',
    );
  }
}
