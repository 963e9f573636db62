import type { Knex } from 'knex';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/**
 * Deletes some chunks of a sealed log. Few at a time: SQLite frees the pages
 * of a chunk one by one while everybody else waits.
 *
 * @returns whether there may be more
 */
export async function deleteChunks(
  db: MaestroDatabase,
  tx: Tx | Knex,
  id: number,
): Promise<boolean> {
  const rows = await db
    .table(tx, 'log_chunks')
    .where({ attempt: id })
    .orderBy('offset')
    .limit(8)
    .select('offset');
  if (rows.length === 0) return false;
  await db
    .table(tx, 'log_chunks')
    .where({ attempt: id })
    .andWhere('offset', '<=', num(rows[rows.length - 1].offset))
    .delete();
  return rows.length === 8;
}

/** Attempts with chunks although their log is sealed: a process died between. */
export async function sealedWithChunks(
  _db: MaestroDatabase,
  tx: Tx | Knex,
): Promise<number[]> {
  const rows = await tx('log_chunks')
    .join('attempts', 'attempts.id', 'log_chunks.attempt')
    .whereNot('attempts.log_state', 'open')
    .distinct('log_chunks.attempt as id');
  return rows.map(row => num(row.id));
}
