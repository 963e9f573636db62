import type { Knex } from 'knex';
import type { ContinuousFacts } from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import { lastTick } from './lastTick';

/** What the next run of a continuous schedule depends on, but for its pause. */
export interface StoredContinuousFacts
  extends Pick<ContinuousFacts, 'ended' | 'lastDue'> {
  /** A run that is not over, whoever started it. */
  active?: { runId: string; since: number };
}

/** Reads the runs of a pipeline; those of backfills are none of them. */
export async function continuousFacts(
  db: MaestroDatabase,
  tx: Tx | Knex,
  { pipelineId, scheduleId }: { pipelineId: number; scheduleId: string },
): Promise<StoredContinuousFacts> {
  const active = await db
    .table(tx, 'runs')
    .where({ pipeline_id: pipelineId })
    .whereNull('backfill_id')
    // The words of the partial index.
    .whereRaw("state in ('queued', 'running')")
    .first('run_id', 'created_at');
  const newest = await db
    .table(tx, 'runs')
    .where({ pipeline_id: pipelineId })
    .whereNull('backfill_id')
    .orderBy('run_after', 'desc')
    .orderBy('id', 'desc')
    .first('state', 'ended_at');
  const endedAt = optionalNum(newest?.ended_at);
  return {
    active: active && { runId: active.run_id, since: num(active.created_at) },
    ended:
      endedAt === undefined
        ? undefined
        : { at: endedAt, failed: newest!.state === 'failed' },
    lastDue: await lastTick(db, tx, pipelineId, scheduleId),
  };
}
