import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import createKnex, { type Knex } from 'knex';
import PostgresClient from 'knex/lib/dialects/postgres';
import { MaestroDatabase } from '../../database/MaestroDatabase';
import type { SimulatedStore, StoreFactory } from '../stores';
import {
  type ConnectionWatcher,
  forgetTransactions,
  gatedClient,
  SILENT,
} from './gatedClient';
import { StillWaiting } from './StillWaiting';

/** A statement that takes longer may be waiting for a lock: it is looked up. */
const SUSPICIOUS_MS = 8;

/** A connection of the driver that nobody uses: a new one costs 25 ms. */
interface SpareConnection {
  end(): Promise<void>;
}

/** Statements that wait for locks of others, and connections being made. */
class PostgresWatcher implements ConnectionWatcher {
  readonly inTransaction = new Map<object, string>();
  private readonly waiting = new Map<Promise<unknown>, number>();
  private connects = 0;

  constructor(
    private readonly admin: Knex,
    /** Connections of processes that ended, for those that begin. */
    private readonly spare: SpareConnection[],
  ) {}

  async execute(
    connection: object,
    run: () => Promise<unknown>,
  ): Promise<unknown> {
    const pid = (connection as { processID: number }).processID;
    const work = run();
    if (!(await this.waitsForLock(work, pid))) return work;
    this.waiting.set(work, pid);
    const over = () => this.waiting.delete(work);
    work.then(over, over);
    return new StillWaiting(work);
  }

  async connecting(connect: () => Promise<object>): Promise<object> {
    return this.while(async () => this.spare.pop() ?? connect());
  }

  keep(connection: object): boolean {
    // One that still answers its last owner would answer the next one wrongly.
    const { readyForQuery } = connection as { readyForQuery?: boolean };
    if (!readyForQuery) return false;
    this.spare.push(connection as SpareConnection);
    return true;
  }

  /** Nothing else goes on meanwhile. */
  async while<T>(work: () => Promise<T>): Promise<T> {
    this.connects += 1;
    try {
      return await work();
    } finally {
      this.connects -= 1;
    }
  }

  /** Until every statement was answered, or waits for a lock. */
  async settle(): Promise<void> {
    while (this.connects > 0) await delay(1);
    for (const [work, pid] of [...this.waiting]) {
      await this.waitsForLock(work, pid, true);
    }
  }

  private async waitsForLock(
    work: Promise<unknown>,
    pid: number,
    didWait = false,
  ): Promise<boolean> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    const ended = work.then(over, over);
    for (let isFirst = true; ; isFirst = false) {
      // What waited before most likely still does: it is looked up at once.
      if (!didWait || !isFirst) {
        await Promise.race([ended, delay(SUSPICIOUS_MS)]);
      }
      if (isOver) return false;
      const row = await this.admin('pg_stat_activity')
        .where({ pid, wait_event_type: 'Lock' })
        .first('pid');
      if (row && !isOver) return true;
    }
  }
}

/**
 * A real PostgreSQL: one schema, emptied before each history. Statements pass
 * one at a time; one that waits for a lock lets others pass.
 */
export class PostgresStores implements StoreFactory {
  private readonly schema = `simulation_${randomUUID().replaceAll('-', '')}`;
  private readonly admin: Knex;
  private tables: string[] | undefined;
  private readonly spare: SpareConnection[] = [];

  private readonly connection: Knex.PgConnectionConfig;

  /** @param url - of a database whose user may create schemas */
  constructor(url: string) {
    this.connection = {
      connectionString: url,
      // The server is never killed here, so nothing need be on its disk.
      options: '-c synchronous_commit=off',
    };
    this.admin = this.plain(3);
  }

  async open(): Promise<SimulatedStore> {
    await this.empty();
    const knexes: Knex[] = [];
    const watcher = new PostgresWatcher(this.admin, this.spare);
    return {
      kind: 'postgres',
      unwindsOnDeath: true,
      connect: async (door, clock) => {
        let isOpen = false;
        const knex = createKnex({
          client: gatedClient(
            PostgresClient,
            door,
            watcher,
            () => isOpen,
          ) as unknown as typeof Knex.Client,
          connection: this.connection,
          searchPath: [this.schema],
          pool: { min: 0, max: 12 },
          log: SILENT,
        });
        knex.client.config.client = 'pg';
        knexes.push(knex);
        const db = await watcher.while(() =>
          MaestroDatabase.open(knex, { migrate: false, clock }),
        );
        isOpen = true;
        return db;
      },
      disconnect: owner => forgetTransactions(watcher, owner),
      rows: table => this.admin(table as string) as never,
      settle: () => watcher.settle(),
      openTransactions: () => watcher.inTransaction.size,
      close: async () => {
        for (const knex of knexes) await knex.destroy();
      },
    };
  }

  async close(): Promise<void> {
    for (const connection of this.spare.splice(0)) await connection.end();
    await this.admin.raw(`drop schema if exists ${this.schema} cascade`);
    await this.admin.destroy();
  }

  private async empty(): Promise<void> {
    if (!this.tables) {
      await this.admin.raw(`create schema ${this.schema}`);
      // Not closed: it is this factory's own connection.
      await MaestroDatabase.open(this.admin, { migrate: true });
      const rows: Array<{ tablename: string }> = await this.admin('pg_tables')
        .where({ schemaname: this.schema })
        .select('tablename');
      this.tables = rows
        .map(row => row.tablename)
        .filter(name => !name.startsWith('knex_') && name !== 'schema_meta');
    }
    // For few rows quicker than truncate, which makes new files.
    await this.admin.raw(
      this.tables.map(name => `delete from ${name}`).join('; '),
    );
  }

  private plain(max: number): Knex {
    return createKnex({
      client: 'pg',
      connection: this.connection,
      searchPath: [this.schema],
      pool: { min: 0, max },
    });
  }
}
