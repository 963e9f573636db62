import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import createKnex from 'knex';
import { MaestroDatabase } from '../database/MaestroDatabase';

/** A store of its own, with the schema of today. */
export interface BenchStore {
  db: MaestroDatabase;
  /** Removes it. */
  close(): Promise<void>;
}

/**
 * @param store - `sqlite`: a file in the temporary folder; `postgres`: a schema
 * in the database of MAESTRO_TEST_POSTGRES_URL
 */
export async function openStore(store: string): Promise<BenchStore> {
  return store === 'sqlite' ? openSqlite() : openPostgres();
}

async function openSqlite(): Promise<BenchStore> {
  const directory = await mkdtemp(join(tmpdir(), 'maestro-bench-'));
  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename: join(directory, 'maestro.sqlite') },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  });
  return {
    db: await MaestroDatabase.open(knex, { migrate: true }),
    close: async () => {
      await knex.destroy();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function openPostgres(): Promise<BenchStore> {
  const connection = process.env.MAESTRO_TEST_POSTGRES_URL;
  if (!connection) throw new Error('MAESTRO_TEST_POSTGRES_URL is not set');
  const schema = `bench_${randomUUID().replaceAll('-', '')}`;
  const knex = createKnex({
    client: 'pg',
    connection,
    searchPath: [schema],
    pool: { min: 0, max: 5 },
  });
  await knex.raw(`create schema ${schema}`);
  return {
    db: await MaestroDatabase.open(knex, { migrate: true }),
    close: async () => {
      await knex.raw(`drop schema ${schema} cascade`);
      await knex.destroy();
    },
  };
}
