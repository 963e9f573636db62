import { ConflictError } from '@backstage/errors';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/** One growth of a stored log. */
export interface LogAppend {
  /** `attempts.id`. */
  id: number;
  /** Where the stored log was before: the guard against a second writer. */
  from: { bytes: number; raw: number };
  /** Sealed, what was hidden in the bytes: the guard against an older list. */
  masks: string | null;
  /** Where it is afterwards. */
  to: { bytes: number; raw: number };
  chunks: { offset: number; bytes: Buffer }[];
  /** JSON for `log_gap`; undefined leaves it. */
  gap?: string;
  /** JSON for `log_place`; undefined leaves it. */
  place?: string;
}

/**
 * Stores new bytes of a log and moves its offsets, together.
 *
 * @throws ConflictError when another process stored or sealed meanwhile, or more
 * must be hidden
 */
export async function appendLog(
  db: MaestroDatabase,
  tx: Tx,
  append: LogAppend,
): Promise<void> {
  const { id, from, masks, to, chunks, gap, place } = append;
  const changed = await db
    .table(tx, 'attempts')
    .where({
      id,
      log_state: 'open',
      log_raw_offset: from.raw,
      log_bytes: from.bytes,
      // Bytes that were masked with an older list would show what is hidden now.
      masks,
    })
    .update({
      log_bytes: to.bytes,
      log_raw_offset: to.raw,
      ...(gap === undefined ? {} : { log_gap: gap }),
      ...(place === undefined ? {} : { log_place: place }),
    });
  if (changed !== 1) {
    throw new ConflictError(
      `The log of attempt ${id} was written by another process beyond byte ${from.raw}, or more must be hidden in it`,
    );
  }
  for (const { offset, bytes } of chunks) {
    await db
      .table(tx, 'log_chunks')
      .insert({ attempt: id, offset, size: bytes.length, bytes });
  }
}
