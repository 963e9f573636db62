import { copyFile } from 'node:fs/promises';
import type { Knex } from 'knex';
import { MaestroDatabase } from './MaestroDatabase';

/*
 * Databases of tests, migrated once for a file of tests: one by one the
 * migrations cost each test on PostgreSQL a third of a second.
 */

interface Statement {
  sql: string;
  bindings?: unknown[];
}

/** Statements that leave nothing; several at once are one transaction anyway. */
const READS = /^\s*(select|begin|commit)\b/i;

/**
 * Migrates databases of SQLite, given as files that are not there yet.
 *
 * @param open - a connection to a file
 */
export function sqliteMigrations(
  template: () => Promise<string>,
  open: (file: string) => Knex,
): (file: string) => Promise<void> {
  let migrated: Promise<string> | undefined;
  const migrate = async () => {
    const file = await template();
    const db = await MaestroDatabase.open(open(file), { migrate: true });
    // With the last connection its log goes into the file.
    await db.close();
    return file;
  };
  return async file => {
    migrated ??= migrate();
    await copyFile(await migrated, file);
  };
}

/** Migrates schemas of PostgreSQL, given as a connection that is in one. */
export function postgresMigrations(): (knex: Knex) => Promise<void> {
  /** What the migrations did, as one statement. */
  let script: string | undefined;
  return async knex => {
    if (script === undefined) {
      const done: string[] = [];
      const record = ({ sql, bindings = [] }: Statement) => {
        if (!READS.test(sql)) done.push(inline(sql, bindings));
      };
      knex.on('query', record);
      await MaestroDatabase.open(knex, { migrate: true });
      knex.off('query', record);
      script = done.join(';\n');
      return;
    }
    const connection = await knex.client.acquireConnection();
    try {
      await connection.query(script);
    } finally {
      await knex.client.releaseConnection(connection);
    }
  };
}

function inline(sql: string, bindings: readonly unknown[]): string {
  return bindings.length === 0
    ? sql
    : sql.replace(/\$(\d+)/g, (_, no) => literal(bindings[Number(no) - 1]));
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  const text = value instanceof Date ? value.toISOString() : String(value);
  return `'${text.replaceAll("'", "''")}'`;
}
