import { num } from '../../database/conversion';
import {
  type DeclaredOutcome,
  declareOutcome,
} from '../../engine/declaredOutcome';
import { ConflictError } from '@backstage/errors';
import type { Simulation } from '../Simulation';

/**
 * A task tells a scheduler how it goes, as over the task API: whichever is up,
 * under the run lock, as long as its attempt goes on.
 *
 * @returns false when its attempt is over, so that it must end
 * @throws when nobody heard it, or nobody knows whether somebody did
 */
export async function hearTask(
  simulation: Simulation,
  attemptId: string,
  word: DeclaredOutcome,
): Promise<boolean> {
  const { hosts, random, store, report } = simulation;
  const host = simulation.upHost(random.int(0, hosts.length - 1));
  if (!host) throw new Error('no scheduler is up');
  const row = (await store.rows('attempts')).find(
    attempt => attempt.attempt_id === attemptId,
  );
  if (!row) return false;
  try {
    await host.engine!.runs.change(num(row.run_id), async draft => {
      const attempt = await draft.attempt(attemptId);
      if (!attempt) throw new ConflictError('it is gone');
      declareOutcome(draft, attempt, word);
    });
    return true;
  } catch (error) {
    const { name } = error as Error;
    if (name !== 'ConflictError' && name !== 'NotFoundError') throw error;
    report.took('task that is over speaks');
    return false;
  }
}
