import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import createKnex, { type Knex } from 'knex';
import { MaestroDatabase, type Dialect } from './MaestroDatabase';
import { postgresMigrations, sqliteMigrations } from './testingMigrations';

/** Options of {@link TestDatabases.open}. */
export interface TestDatabaseOptions {
  /** Replaces the clock of the database, epoch milliseconds. */
  clock?: () => number;
}

/** Opens fresh databases of one kind; all of them go after the tests. */
export interface TestDatabases {
  readonly dialect: Dialect;
  /** A migrated database that nobody else uses. */
  open(options?: TestDatabaseOptions): Promise<MaestroDatabase>;
  /**
   * A second connection to the database that was opened last, as a second
   * process (or this one after a crash) would have it.
   */
  reopen(options?: TestDatabaseOptions): Promise<MaestroDatabase>;
}

/**
 * Runs the tests in `define` on SQLite (a file, as in production) and on
 * PostgreSQL. Without `MAESTRO_TEST_POSTGRES_URL` the second half fails: a
 * suite that skips a database says nothing about it.
 */
export function eachDatabase(
  define: (name: Dialect, databases: TestDatabases) => void,
): void {
  // A real server on a busy machine: what is slow is not yet broken.
  jest.setTimeout(180_000);
  describe.each<Dialect>(['sqlite', 'postgres'])('%s', dialect => {
    const cleanups: (() => Promise<void>)[] = [];
    const open =
      dialect === 'sqlite' ? sqliteOpener(cleanups) : postgresOpener(cleanups);

    afterAll(async () => {
      for (const cleanup of cleanups.reverse()) await cleanup();
    }, 120_000);

    let last: string | undefined;
    define(dialect, {
      dialect,
      open: async options => {
        const opened = await open(undefined);
        last = opened.address;
        return MaestroDatabase.open(opened.knex, {
          migrate: false,
          ...options,
        });
      },
      reopen: async options => {
        if (!last) throw new Error('Nothing was opened that can be reopened');
        const { knex } = await open(last);
        return MaestroDatabase.open(knex, { migrate: false, ...options });
      },
    });
  });
}

/** A migrated database: a new one, or one that was opened before. */
type Opener = (
  address: string | undefined,
) => Promise<{ knex: Knex; address: string }>;

function sqliteOpener(cleanups: (() => Promise<void>)[]): Opener {
  const newFile = async () => {
    const directory = await mkdtemp(join(tmpdir(), 'maestro-db-'));
    cleanups.push(() => rm(directory, { recursive: true, force: true }));
    return join(directory, 'maestro.sqlite');
  };
  const connect = (filename: string) =>
    createKnex({
      client: 'better-sqlite3',
      connection: { filename },
      useNullAsDefault: true,
      pool: { min: 1, max: 1 },
    });
  const migrate = sqliteMigrations(newFile, connect);
  return async existing => {
    const address = existing ?? (await newFile());
    if (!existing) await migrate(address);
    const knex = connect(address);
    cleanups.push(() => knex.destroy());
    return { knex, address };
  };
}

/**
 * One database for a test file and a schema of its own for each `open`: a
 * schema costs a few milliseconds, a database a good part of a second.
 */
function postgresOpener(cleanups: (() => Promise<void>)[]): Opener {
  const migrate = postgresMigrations();
  let database: Promise<string> | undefined;
  const createDatabase = async () => {
    const server = process.env.MAESTRO_TEST_POSTGRES_URL;
    if (!server) {
      throw new Error(
        'MAESTRO_TEST_POSTGRES_URL is not set: these tests need a PostgreSQL whose user may create databases; "npm test" starts one',
      );
    }
    const name = `maestro_${randomUUID().replaceAll('-', '')}`;
    await asAdmin(server, `create database ${name}`);
    cleanups.push(() =>
      asAdmin(server, `drop database if exists ${name} with (force)`),
    );
    const url = new URL(server);
    url.pathname = `/${name}`;
    return url.toString();
  };
  return async existing => {
    database ??= createDatabase();
    const connection = await database;
    const schema = existing ?? `s_${randomUUID().replaceAll('-', '')}`;
    if (!existing) await asAdmin(connection, `create schema ${schema}`);
    const knex = createKnex({
      client: 'pg',
      connection,
      searchPath: [schema],
      pool: { min: 0, max: 5 },
    });
    cleanups.push(() => knex.destroy());
    if (!existing) await migrate(knex);
    return { knex, address: schema };
  };
}

async function asAdmin(server: string, statement: string): Promise<void> {
  const knex = createKnex({ client: 'pg', connection: server });
  try {
    await knex.raw(statement);
  } finally {
    await knex.destroy();
  }
}
