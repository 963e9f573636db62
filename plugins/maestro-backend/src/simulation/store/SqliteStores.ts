import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import createKnex, { type Knex } from 'knex';
import BetterSqlite3Client from 'knex/lib/dialects/better-sqlite3';
import { MaestroDatabase } from '../../database/MaestroDatabase';
import type { SimulatedStore, StoreFactory } from '../stores';
import {
  type ConnectionWatcher,
  forgetTransactions,
  gatedClient,
  SILENT,
} from './gatedClient';

const nextTurn = () => new Promise<void>(resolve => setImmediate(resolve));

/**
 * SQLite files as in production: one process at a time. Every history gets a
 * copy of one that was migrated once.
 */
export class SqliteStores implements StoreFactory {
  private folder: string | undefined;
  private copies = 0;

  async open(): Promise<SimulatedStore> {
    const folder = await this.prepare();
    this.copies += 1;
    const filename = join(folder, `${this.copies}.sqlite`);
    await copyFile(join(folder, 'template.sqlite'), filename);
    const reader = sqlite(filename);
    const knexes: Knex[] = [];
    let connects = 0;
    const watcher: ConnectionWatcher = {
      inTransaction: new Map(),
      execute: (_connection, run) => run(),
      connecting: connect => connect(),
    };
    return {
      kind: 'sqlite',
      unwindsOnDeath: true,
      connect: async (door, clock) => {
        let isOpen = false;
        const knex = createKnex({
          client: gatedClient(
            BetterSqlite3Client,
            door,
            watcher,
            () => isOpen,
          ) as unknown as typeof Knex.Client,
          connection: { filename },
          useNullAsDefault: true,
          pool: { min: 1, max: 1 },
          log: SILENT,
        });
        knex.client.config.client = 'better-sqlite3';
        knexes.push(knex);
        connects += 1;
        try {
          return await MaestroDatabase.open(knex, { migrate: false, clock });
        } finally {
          isOpen = true;
          connects -= 1;
        }
      },
      disconnect: owner => forgetTransactions(watcher, owner),
      rows: table => reader(table as string) as never,
      settle: async () => {
        while (connects > 0) await nextTurn();
      },
      openTransactions: () => watcher.inTransaction.size,
      close: async () => {
        for (const knex of [...knexes, reader]) await knex.destroy();
        for (const end of ['', '-wal', '-shm']) {
          await rm(`${filename}${end}`, { force: true });
        }
      },
    };
  }

  async close(): Promise<void> {
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }

  private async prepare(): Promise<string> {
    if (this.folder) return this.folder;
    this.folder = await mkdtemp(join(tmpdir(), 'maestro-simulation-'));
    const knex = sqlite(join(this.folder, 'template.sqlite'));
    const db = await MaestroDatabase.open(knex, { migrate: true });
    await db.close();
    return this.folder;
  }
}

function sqlite(filename: string): Knex {
  return createKnex({
    client: 'better-sqlite3',
    connection: { filename },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  });
}
