import { setImmediate } from 'node:timers/promises';
import { NotFoundError } from '@backstage/errors';
import { num } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import {
  expiredSteps,
  STEP_BATCH,
} from '../database/operations/stepCache/expiredSteps';
import { removeSteps } from '../database/operations/stepCache/removeSteps';

/** Results that are kept for one pipeline, unless the configuration says so. */
export const DEFAULT_MAX_STEPS = 1_000;

/**
 * Removes results whose time is over, and the longest unused of pipelines that
 * have too many.
 *
 * @returns how many went
 */
export async function expireSteps(
  db: MaestroDatabase,
  maxEntries: number,
  signal: AbortSignal,
): Promise<number> {
  let removed = 0;
  while (!signal.aborted) {
    const ids = await expiredSteps(db.knex, {
      now: await db.now(),
      maxEntries,
    });
    if (ids.length === 0) break;
    const count = await db.transaction(tx => removeSteps(db, tx, ids));
    removed += count;
    // Others remove the same ones: they go on.
    if (count === 0) break;
    await setImmediate();
  }
  return removed;
}

/** The step cache by hand. */
export class StepCacheCommands {
  constructor(private readonly ctx: { db: MaestroDatabase }) {}

  /**
   * Forgets the results of a pipeline, or of one of its tasks.
   *
   * @returns how many went
   * @throws NotFoundError
   */
  async clear(of: { pipeline: string; taskId?: string }): Promise<number> {
    const { db } = this.ctx;
    const pipeline = await db
      .table(db.knex, 'pipelines')
      .where({ name: of.pipeline })
      .first('id');
    if (!pipeline) {
      throw new NotFoundError(`There is no pipeline "${of.pipeline}"`);
    }
    let removed = 0;
    for (let after = 0; ; ) {
      const query = db
        .knex('step_cache')
        .where({ pipeline_id: pipeline.id })
        .where('id', '>', after)
        .orderBy('id')
        .limit(STEP_BATCH);
      if (of.taskId !== undefined) query.where({ task_id: of.taskId });
      const ids = (await query.pluck('id')).map(num);
      if (ids.length === 0) return removed;
      after = ids[ids.length - 1];
      removed += await db.transaction(tx => removeSteps(db, tx, ids));
    }
  }
}
