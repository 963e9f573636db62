import { num } from '../../database/conversion';
import { hurryTimers } from '../../database/operations/timers/timers';
import { updateWait, waitRef } from '../../database/operations/waits/waits';
import type { WaitRow } from '../../database/tables';
import type { RunDraft } from '../RunDraft';
import { endWait } from './endWait';

/** What a wait for a run of another pipeline wants. */
interface OtherRunTrigger {
  pipeline: string;
  state: 'success' | 'failed' | 'finished';
  logicalDate?: number;
  endedSince?: number;
}

/**
 * Looks for the run, without its lock: what is over stays over, unless
 * somebody clears it, which a look a moment earlier had not seen either.
 *
 * @returns when to look again
 */
export async function lookAtOtherRun(
  draft: RunDraft,
  no: number,
  wait: WaitRow,
): Promise<number | undefined> {
  const { ctx, tx, now } = draft;
  const trigger = JSON.parse(wait.trigger) as OtherRunTrigger;
  const found = await findRun(draft, trigger);
  if (typeof found !== 'string') {
    await endWait(draft, no, wait.wait_id!, {
      outputs: { run_id: found.run_id, state: found.state },
    });
    return undefined;
  }
  await updateWait(ctx.db, tx, wait.wait_id!, {
    looks: wait.looks + 1,
    looked_at: now,
    answer: found,
  });
  return now + (draft.task(no).wait?.everyMs ?? 30_000);
}

async function findRun(
  { ctx, tx }: RunDraft,
  { pipeline: name, state, logicalDate, endedSince }: OtherRunTrigger,
): Promise<{ run_id: string; state: string } | string> {
  const pipeline = await ctx.db
    .table(tx, 'pipelines')
    .where({ name })
    .first('id');
  if (!pipeline) return `there is no pipeline "${name}" yet`;
  const ended = ctx.db
    .table(tx, 'runs')
    .where({ pipeline_id: pipeline.id })
    .whereIn('state', state === 'finished' ? ['success', 'failed'] : [state]);
  if (logicalDate === undefined) {
    // The words of the partial index.
    ended.whereNotNull('ended_at').where('ended_at', '>=', endedSince!);
  } else {
    ended.where('logical_date', logicalDate);
  }
  const run = await ended.orderBy('id').first('run_id', 'state');
  if (run) return run;
  if (logicalDate === undefined) return 'no such run has ended since then';
  const others = await ctx.db
    .table(tx, 'runs')
    .where({ pipeline_id: pipeline.id, logical_date: logicalDate })
    .orderBy('id')
    .first('run_id', 'state');
  return others
    ? `run ${others.run_id} is ${others.state}`
    : 'no run has this logical date yet';
}

/**
 * The run is over: whoever waits for it looks now. Only their timers are
 * touched; what follows is decided under their own locks.
 */
export async function wakeWaits(draft: RunDraft): Promise<void> {
  const { ctx, tx, run, now } = draft;
  const waits = await ctx.db
    .table(tx, 'waits')
    .where({ awaited_pipeline: draft.definition.name })
    .select('run_id', 'task_no', 'map_index');
  const refs = waits.map(row =>
    waitRef({
      runId: num(row.run_id),
      taskNo: row.task_no,
      mapIndex: row.map_index,
    }),
  );
  if (run.parent_run !== null && run.parent_wait_id !== null) {
    const wait = await ctx.db
      .table(tx, 'waits')
      .where({ wait_id: run.parent_wait_id })
      .first('run_id', 'task_no', 'map_index');
    if (wait) {
      refs.push(
        waitRef({
          runId: num(wait.run_id),
          taskNo: wait.task_no,
          mapIndex: wait.map_index,
        }),
      );
    }
  }
  if (refs.length === 0) return;
  await hurryTimers(ctx.db, tx, 'wait', refs, now);
  draft.setsTimers = true;
}
