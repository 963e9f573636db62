import { setImmediate } from 'node:timers/promises';
import type { Knex } from 'knex';

/** Pages given back in one step, while everybody else waits: 1 MiB. */
const STEP = 256;
/** Pages given back in one call: 256 MiB. */
const MOST = 65_536;

/** The part of a better-sqlite3 connection that is used here. */
interface SqliteConnection {
  pragma(source: string, options?: { simple: boolean }): unknown;
}

/**
 * Gives room that deleted rows have left back to the disk, letting others in
 * between. What is left over goes the next time.
 *
 * Not by `knex.raw`: that takes a single step of the statement, which is one
 * page.
 */
export async function giveBackPages(
  knex: Knex,
  signal: AbortSignal,
): Promise<void> {
  for (let given = 0; given < MOST && !signal.aborted; given += STEP) {
    const connection: SqliteConnection = await knex.client.acquireConnection();
    try {
      const free = Number(
        connection.pragma('freelist_count', { simple: true }),
      );
      if (free === 0) return;
      connection.pragma(`incremental_vacuum(${STEP})`);
    } finally {
      await knex.client.releaseConnection(connection);
    }
    await setImmediate();
  }
}
