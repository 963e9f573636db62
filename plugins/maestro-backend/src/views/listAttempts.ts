import type { Attempt } from '@maestro/plugin-maestro-common';
import {
  bool,
  json,
  num,
  optionalNum,
  optionalText,
} from '../database/conversion';
import type { AttemptRow } from '../database/tables';
import type { LogGap } from '../logs/AttemptLog';
import { completenessOf } from '../logs/completeness';
import { findRunKeys, findTaskNo } from './findRun';
import type { ViewContext } from './ViewContext';

/** Attempts of a task instance, oldest first. */
export async function listAttempts(
  ctx: ViewContext,
  options: { runId: string; taskId: string; mapIndex: number },
): Promise<Attempt[]> {
  const { db } = ctx;
  const run = await findRunKeys(ctx, options.runId);
  const rows = (await db
    .table(db.knex, 'attempts')
    .where({
      run_id: run.id,
      task_no: await findTaskNo(ctx, run, options.taskId),
      map_index: options.mapIndex,
    })
    .orderBy('seq')) as AttemptRow[];
  return rows.map(toAttempt);
}

function toAttempt(row: AttemptRow): Attempt {
  return {
    attemptId: row.attempt_id,
    seq: row.seq,
    tryNumber: row.try_number,
    resumeNo: row.resume_no,
    countsAsRetry: bool(row.counts_as_retry),
    state: row.state,
    executor: row.executor,
    executorInstance: row.executor_instance,
    claimedAt: num(row.claimed_at),
    launchedAt: optionalNum(row.launched_at),
    startedAt: optionalNum(row.started_at),
    endedAt: optionalNum(row.ended_at),
    cancelReason: optionalText(row.cancel_reason),
    result: optionalText(row.result),
    failure: optionalText(row.failure),
    exitCode: row.exit_code ?? undefined,
    signal: optionalText(row.signal),
    message: optionalText(row.message),
    // Until it has ended, what its task has said of itself stands there.
    followUp: row.state === 'ended' ? optionalJson(row.follow_up) : undefined,
    object: optionalText(row.object),
    // Masked before they were stored.
    command: optionalJson(row.command),
    env: optionalJson(row.env),
    inputs: optionalJson(row.inputs),
    image: optionalText(row.image),
    imageDigest: optionalText(row.image_digest),
    logState: row.log_state,
    logBytes: num(row.log_bytes),
    logGap: row.log_gap === null ? undefined : gapSentence(row.log_gap),
    logCompleteness: completenessOf(row),
  };
}

function optionalJson<T>(text: string | null): T | undefined {
  return text === null ? undefined : json<T>(text);
}

function gapSentence(text: string): string {
  const { from, reason, doubt } = json<Partial<LogGap>>(text);
  return `Bytes ${doubt ? 'may be' : 'are'} missing${
    from === undefined ? '' : ` from byte ${from}`
  }${reason ? `: ${reason}` : ''}`;
}
