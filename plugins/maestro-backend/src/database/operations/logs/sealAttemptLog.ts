import { ConflictError } from '@backstage/errors';
import type { Knex } from 'knex';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/** The end of a log in the database. */
export interface SealedLog {
  id: number;
  /** Where the stored log was: the guard. */
  from: { bytes: number; raw: number };
  /** Sealed, what was hidden in the bytes: the guard against an older list. */
  masks: string | null;
  to: { bytes: number; raw: number };
  /** Key in the artifact store; undefined when the task wrote nothing. */
  location?: string;
  gap?: string;
}

/**
 * Says that a log is complete and where it is. Its masks, and the place to go
 * on from, are not needed any more and go.
 *
 * @throws ConflictError when another process was faster, or more must be hidden
 */
export async function sealAttemptLog(
  db: MaestroDatabase,
  tx: Tx | Knex,
  sealed: SealedLog,
): Promise<void> {
  const { id, from, masks, to, location, gap } = sealed;
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
      log_state: location === undefined ? 'none' : 'sealed',
      log_location: location ?? null,
      log_bytes: to.bytes,
      log_raw_offset: to.raw,
      masks: null,
      log_place: null,
      log_kept: null,
      ...(gap === undefined ? {} : { log_gap: gap }),
    });
  if (changed !== 1) {
    throw new ConflictError(
      `The log of attempt ${id} was sealed or written by another process, or more must be hidden in it`,
    );
  }
}
