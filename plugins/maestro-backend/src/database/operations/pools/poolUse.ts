import type { Knex } from 'knex';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/** Tasks of one pool. */
export interface PoolUse {
  /** They have a slot. */
  used: number;
  /** They are ready and have none. */
  waiting: number;
}

/** Use of all pools that anybody uses or waits for, by name. */
export async function poolUse(
  db: MaestroDatabase,
  tx: Tx | Knex,
): Promise<Map<string, PoolUse>> {
  // As the partial indexes say it, so that they are used.
  const held = await counted(
    db.table(tx, 'attempts').whereRaw("state <> 'ended'"),
  );
  const wanted = await counted(
    db.table(tx, 'task_instances').whereRaw("state = 'scheduled'"),
  );
  const uses = new Map<string, PoolUse>();
  for (const pool of [...held.keys(), ...wanted.keys()]) {
    uses.set(pool, {
      used: held.get(pool) ?? 0,
      waiting: wanted.get(pool) ?? 0,
    });
  }
  return uses;
}

async function counted(rows: Knex.QueryBuilder): Promise<Map<string, number>> {
  const found: { pool: string; count: number | string }[] = await rows
    .whereNotNull('pool')
    .groupBy('pool')
    .select('pool')
    .count({ count: '*' });
  return new Map(found.map(({ pool, count }) => [pool, num(count)]));
}
