import type { RunTrigger } from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../database/conversion';
import { lockPipeline } from '../database/operations/attempts/limits';
import {
  liveBackfillRuns,
  rivalOf,
} from '../database/operations/backfills/backfillRows';
import { setTimer } from '../database/operations/timers/timers';
import { planAll } from './planRun';
import type { RunDraft } from './RunDraft';

/** Runs that nobody asked for: they make room for their own kind. */
const BY_ITSELF: RunTrigger[] = ['scheduled', 'asset'];

/**
 * What a run by due time or asset event cancels before it starts (`overlap:
 * cancel_older`): older ones that are not over. Not in this transaction, because runs
 * are locked by ascending id.
 *
 * @returns their public ids, oldest first
 */
export async function runsToCancel({
  ctx,
  tx,
  run,
  definition,
}: RunDraft): Promise<string[]> {
  const cancels =
    definition.overlap === 'cancel_older' &&
    BY_ITSELF.includes(run.trigger) &&
    run.state === 'queued';
  if (!cancels) return [];
  const older = await ctx.db
    .table(tx, 'runs')
    .where({ pipeline_id: run.pipeline_id })
    .whereIn('trigger', BY_ITSELF)
    // The words of the partial index.
    .whereRaw("state in ('queued', 'running')")
    .whereNull('cancel_requested_at')
    .where('run_after', '<', run.run_after)
    .orderBy('id')
    .select('run_id');
  return older.map(row => row.run_id);
}

/**
 * Whether one more run may be active. Runs of a backfill count for their own
 * limit only and all others for that of the pipeline, so that neither waits
 * for the other.
 */
async function hasPlace(
  { ctx, tx, run, definition, id }: RunDraft,
  pipelineId: number,
): Promise<boolean> {
  const { db } = ctx;
  const backfillId = optionalNum(run.backfill_id);
  if (backfillId !== undefined) {
    const backfill = await db
      .table(tx, 'backfills')
      .where({ id: backfillId })
      .first('state', 'max_active');
    // One that is over leaves runs that somebody may clear.
    if (!backfill) return true;
    if (backfill.state === 'paused') return false;
    const live = await liveBackfillRuns(db, tx, backfillId);
    const active = live.filter(({ isRunning }) => isRunning).length;
    return (
      active < backfill.max_active &&
      (await rivalOf(db, tx, { id, backfillId })) === undefined
    );
  }
  const row = await db
    .table(tx, 'runs')
    .where({ pipeline_id: pipelineId, state: 'running' })
    .whereNull('backfill_id')
    // The words of the partial index, or SQLite reads its whole history.
    .whereRaw("state in ('queued', 'running')")
    .count({ active: '*' })
    .first();
  const active = num((row as unknown as { active: number }).active);
  return active < definition.maxActiveRuns;
}

/**
 * Starts a queued run when there is a free place for it ({@link hasPlace}). What follows (ready tasks, claims) is settled in the same transaction.
 */
export async function startIfAllowed(draft: RunDraft): Promise<void> {
  const { ctx, tx, run, definition, now } = draft;
  if (run.state !== 'queued') return;
  const pipelineId = num(run.pipeline_id);
  if (!draft.shared.pipelines.has(pipelineId)) {
    await lockPipeline(ctx.db, tx, pipelineId);
    draft.shared.pipelines.add(pipelineId);
  }
  if (!(await hasPlace(draft, pipelineId))) return;

  draft.setRun({
    state: 'running',
    started_at: run.started_at ?? now,
    ended_at: null,
    state_reason: null,
  });
  draft.addEvent({ type: 'run_started', body: {} });
  if (definition.timeoutMs !== undefined) {
    await setTimer(ctx.db, tx, {
      kind: 'run_timeout',
      ref: run.run_id,
      dueAt: now + definition.timeoutMs,
      runId: draft.id,
    });
  }
  await planAll(draft);
}
