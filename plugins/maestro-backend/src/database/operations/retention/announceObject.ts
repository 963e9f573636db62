import { ConflictError } from '@backstage/errors';
import type { Knex } from 'knex';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/** From the first byte to the row that shows it; a request ends far sooner. */
export const STORING_MS = 3_600_000;

/**
 * Writes down an object before its bytes are stored, as garbage in an hour:
 * whoever dies before a row shows it leaves a note, not bytes nobody knows.
 */
export async function announceObject(
  db: MaestroDatabase,
  tx: Tx | Knex,
  location: string,
): Promise<void> {
  await tx('garbage').insert({
    location,
    since: (await db.now(tx)) + STORING_MS,
  });
}

/**
 * In the transaction that shows the object: it is no garbage any more.
 *
 * @param now - of the transaction, epoch milliseconds
 * @throws ConflictError when its hour is over: the bytes may be gone
 */
export async function keepObject(
  tx: Tx,
  location: string,
  now: number,
): Promise<void> {
  const kept = await tx('garbage')
    .where({ location })
    .where('since', '>', now)
    .delete();
  if (kept !== 1) {
    throw new ConflictError(
      `Storing the object "${location}" took more than ${
        STORING_MS / 60_000
      } minutes, so it was given up; send it again`,
    );
  }
}
