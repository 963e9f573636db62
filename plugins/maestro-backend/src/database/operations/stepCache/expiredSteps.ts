import type { Knex } from 'knex';
import { num } from '../../conversion';

/** Results removed in one transaction. */
export const STEP_BATCH = 200;

/**
 * Results that go: those whose time is over, or of a pipeline with more than
 * `maxEntries` those that were used longest ago. At most {@link STEP_BATCH}.
 */
export async function expiredSteps(
  knex: Knex,
  of: { now: number; maxEntries: number },
): Promise<number[]> {
  const expired = await knex('step_cache')
    .where('expires_at', '<=', of.now)
    .orderBy('expires_at')
    .limit(STEP_BATCH)
    .pluck('id');
  if (expired.length > 0) return expired.map(num);
  const full: { pipeline_id: number | string; n: number | string } | undefined =
    await knex('step_cache')
      .groupBy('pipeline_id')
      .havingRaw('count(*) > ?', [of.maxEntries])
      .first('pipeline_id', knex.raw('count(*) as n'));
  if (!full) return [];
  const ids = await knex('step_cache')
    .where({ pipeline_id: full.pipeline_id })
    .orderBy([{ column: 'used_at' }, { column: 'id' }])
    .limit(Math.min(STEP_BATCH, num(full.n) - of.maxEntries))
    .pluck('id');
  return ids.map(num);
}
