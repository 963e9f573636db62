import type { Knex } from 'knex';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/** Whether nobody renewed an executor instance within its TTL, or it is unknown. */
export async function instanceIsSilent(
  db: MaestroDatabase,
  tx: Tx | Knex,
  of: { executor: string; executor_instance: string },
): Promise<boolean> {
  const row = await db
    .table(tx, 'executor_instances')
    .where({ executor: of.executor, instance: of.executor_instance })
    .first('seen_at', 'ttl');
  if (!row) return true;
  return num(row.seen_at) + num(row.ttl) < (await db.now(tx));
}
