import type { MaestroDatabase } from '../database/MaestroDatabase';

/**
 * The same database, which gives one transaction up for another one, as
 * PostgreSQL does with one of two that wait for each other: all of it was done,
 * and nothing is committed.
 *
 * @param after - so many transactions before it are committed, default 0
 */
export function givenUpOnce(db: MaestroDatabase, after = 0): MaestroDatabase {
  let left = after;
  const transaction: MaestroDatabase['transaction'] = fn =>
    db.transaction(async tx => {
      const result = await fn(tx);
      left -= 1;
      if (left === -1) {
        throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
      }
      return result;
    });
  return Object.assign(Object.create(db), { transaction });
}
