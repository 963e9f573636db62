import type { TaskExecutor } from '@maestro/plugin-maestro-node';
import { num } from '../database/conversion';
import { otherInstance } from '../database/operations/attempts/limits';
import { listSchedulers } from '../database/operations/schedulers/listSchedulers';
import type { EngineContext } from './types';

/** Whether only one host may run tasks with it. */
export function isForOneHost(
  { db }: EngineContext,
  { capabilities }: TaskExecutor,
): boolean {
  // SQLite is one process on one host.
  if (db.dialect === 'sqlite') return false;
  return !capabilities.sharedByReplicas && !capabilities.severalHosts;
}

/**
 * Why an executor must not be used here, because of one on another host: two
 * hosts whose processes the other one cannot see would each hold the work of
 * the other for lost.
 *
 * @returns one sentence that says which host, and what to do
 */
export async function whyRefused(
  ctx: EngineContext,
  executor: TaskExecutor,
): Promise<string | undefined> {
  const { db } = ctx;
  const setting = `maestro.executors.${executor.name}`;
  const twin = await twinOf(ctx, executor);
  if (twin) {
    return `scheduler ${twin.name} on host ${twin.host} has another folder of the same name on the same machine: give each its own ${setting}.dataDir`;
  }
  if (!isForOneHost(ctx, executor)) return undefined;
  const other = await otherInstance(db, db.knex, executor);
  return (
    other &&
    `scheduler ${other.scheduler} on host ${
      other.host ?? 'unknown'
    } runs tasks with it too: set ${setting}.several on each of them, or run tasks with it on one host only (one that was stopped counts for ${
      num(other.ttl) / 1000
    } s)`
  );
}

/** Another folder that has the instance of this one. */
async function twinOf(
  { db, scheduler }: EngineContext,
  { name, instance, place }: TaskExecutor,
) {
  if (place === undefined || db.dialect === 'sqlite') return undefined;
  const present = await listSchedulers(db, db.knex);
  return present.find(
    one =>
      one.alive &&
      one.name !== scheduler &&
      one.executors.some(
        other =>
          other.name === name &&
          other.instance === instance &&
          other.place !== place,
      ),
  );
}
