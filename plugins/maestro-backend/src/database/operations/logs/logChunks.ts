import type { Knex } from 'knex';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/** Where a chunk stands in its log. */
export interface ChunkPlace {
  offset: number;
  size: number;
}

/**
 * Places of the chunks that hold `offset` and what follows, at most `limit`.
 * Without bytes: small chunks are many and large ones are large.
 */
export async function chunkPlaces(
  db: MaestroDatabase,
  tx: Tx | Knex,
  id: number,
  offset: number,
  limit: number,
): Promise<ChunkPlace[]> {
  const before = await db
    .table(tx, 'log_chunks')
    .where({ attempt: id })
    .andWhere('offset', '<=', offset)
    .orderBy('offset', 'desc')
    .first('offset');
  const rows = await db
    .table(tx, 'log_chunks')
    .where({ attempt: id })
    .andWhere('offset', '>=', before ? num(before.offset) : 0)
    .orderBy('offset')
    .limit(limit + 1)
    .select('offset', 'size');
  return rows
    .map(row => ({ offset: num(row.offset), size: row.size }))
    .filter(place => place.offset + place.size > offset)
    .slice(0, limit);
}

/** Bytes of the chunks from one offset to another, both included. */
export async function chunkBytes(
  db: MaestroDatabase,
  tx: Tx | Knex,
  id: number,
  range: { first: number; last: number },
): Promise<{ offset: number; bytes: Buffer }[]> {
  const rows = await db
    .table(tx, 'log_chunks')
    .where({ attempt: id })
    .andWhereBetween('offset', [range.first, range.last])
    .orderBy('offset')
    .select('offset', 'bytes');
  return rows.map(row => ({ offset: num(row.offset), bytes: row.bytes }));
}
