import type { EngineStatus } from '@maestro/plugin-maestro-common';
import type { Knex } from 'knex';
import { num } from '../database/conversion';
import type { EngineStatusSource } from '../service/types';
import type { ViewContext } from './ViewContext';

/** State of the engine with counts of what waits and runs. */
export async function getStatus(
  { db }: ViewContext,
  engine: EngineStatusSource,
): Promise<EngineStatus> {
  // Conditions as the partial indexes have them, so that history costs nothing.
  const runs = await countByState(
    db.knex('runs').whereRaw("state in ('queued', 'running')"),
  );
  const live = await countByState(
    db
      .knex('task_instances')
      .whereRaw(
        "state in ('queued', 'running', 'up_for_retry', 'up_for_reschedule', 'deferred')",
      )
      // A mapped task as a whole runs nothing itself.
      .where('attempt_seq', '>', 0),
  );
  const ready = await countByState(
    db.knex('task_instances').whereRaw("state = 'scheduled'"),
  );
  return {
    now: await db.now(),
    ...(await engine.status()),
    runs: { queued: runs('queued'), running: runs('running') },
    tasks: {
      scheduled: ready('scheduled'),
      queued: live('queued'),
      running: live('running'),
    },
  };
}

async function countByState(
  query: Knex.QueryBuilder,
): Promise<(state: string) => number> {
  const rows: { state: string; count: number | string }[] = await query
    .groupBy('state')
    .select('state')
    .count({ count: '*' });
  return state => num(rows.find(row => row.state === state)?.count ?? 0);
}
