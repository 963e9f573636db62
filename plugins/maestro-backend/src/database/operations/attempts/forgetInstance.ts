import { num } from '../../conversion';
import type { MaestroDatabase } from '../../MaestroDatabase';
import type { ExecutorInstanceRow } from '../../tables';
import { countLiveAttempts, isUnheard } from './limits';

/** Silence after which an instance is forgotten, in milliseconds. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000;

/**
 * Forgets an executor instance that was silent for a day, such as that of a
 * pod that got another name since: they would become ever more, and each round
 * of the reconciler looks at all. Not one that has live attempts, nor the last
 * of its executor: what waits for that one would fail as if there never had
 * been any. One that comes back is known again by its heartbeat.
 *
 * @param last - as it was read
 * @param now - by the clock of the database
 */
export async function forgetInstance(
  db: MaestroDatabase,
  last: ExecutorInstanceRow,
  now: number,
): Promise<void> {
  const { executor, instance } = last;
  if (num(last.seen_at) + FORGOTTEN_AFTER_MS > now) return;
  const later = await db
    .table(db.knex, 'executor_instances')
    .where({ executor })
    .where('seen_at', '>', last.seen_at)
    .first('instance');
  if (!later) return;
  await db.transaction(async tx => {
    // Under its lock, which who claims for it takes as well.
    if (!(await isUnheard(db, tx, last))) return;
    const match = { executor, executor_instance: instance };
    if ((await countLiveAttempts(db, tx, match)) > 0) return;
    await db
      .table(tx, 'executor_instances')
      .where({ executor, instance })
      .delete();
  });
}
