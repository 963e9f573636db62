import type { Knex } from 'knex';
import type { MaestroDatabase } from '../../MaestroDatabase';

/**
 * Takes a chore if it is due: of several replicas one gets it.
 *
 * @param everyMs - when it is due again, from now
 */
export async function takeChore(
  db: MaestroDatabase,
  knex: Knex,
  name: string,
  everyMs: number,
): Promise<boolean> {
  const now = await db.now(knex);
  await knex('chores')
    .insert({ name, due_at: now })
    .onConflict('name')
    .ignore();
  const taken = await knex('chores')
    .where({ name })
    .andWhere('due_at', '<=', now)
    .update({ due_at: now + everyMs });
  return taken === 1;
}

/** Writes down what a chore did, one sentence. */
export async function noteChore(
  db: MaestroDatabase,
  knex: Knex,
  name: string,
  result: string,
): Promise<void> {
  await knex('chores')
    .where({ name })
    .update({ done_at: await db.now(knex), result });
}
