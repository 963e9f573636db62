import { isWorkOver, RUN_TIMEOUT } from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import type { Tx } from '../database/MaestroDatabase';
import { lockPipeline } from '../database/operations/attempts/limits';
import { lockAsset } from '../database/operations/assets/lockAsset';
import { parseAssetRef } from '../database/operations/assets/insertAssetEvent';
import { parseTickRef } from '../database/operations/timers/tickRef';
import {
  setTimer,
  takeTimer,
  takeTimers,
} from '../database/operations/timers/timers';
import { findWait, parseWaitRef } from '../database/operations/waits/waits';
import { retryConflicts } from '../database/retryConflicts';
import { cancelRun } from '../engine/cancelRun';
import type { Engine } from '../engine/Engine';
import { retryGroup } from '../engine/groupRetries';
import { requestCancel } from '../engine/outcome';
import { endQueuedWait } from '../engine/queuedTimeout';
import type { RunDraft } from '../engine/RunDraft';
import { missTaskSla } from '../engine/taskSla';
import { lookAtWait } from '../engine/waits/lookAtWait';
import { fireAssetEvent } from './assetEvents';
import { fireBackfill } from './backfills';
import type { DueTimer } from './TimerLoop';
import { fireSchedules } from './ticks';

/** Until a run whose callbacks are called is looked at again. */
const CALLBACKS_PAUSE_MS = 60_000;

/** Does what a due timer stands for, if it still holds. */
export async function fireTimer(
  engine: Engine,
  timer: DueTimer,
): Promise<void> {
  switch (timer.kind) {
    case 'tick':
      await fireTicks(engine, [timer]);
      return;
    case 'asset':
      await fireAsset(engine, timer);
      return;
    case 'retry':
      await fireRetry(engine, timer);
      return;
    case 'past':
      // Whatever the run before lets go is planned with every change.
      await changeRunOf(engine, timer, () => {});
      return;
    case 'group_retry':
      await fireGroupRetry(engine, timer);
      return;
    case 'task_timeout':
      await fireTaskTimeout(engine, timer);
      return;
    case 'run_timeout':
      await fireRunTimeout(engine, timer);
      return;
    case 'sla':
      await fireSla(engine, timer);
      return;
    case 'task_sla':
      await changeRunOf(engine, timer, draft => {
        const slot = slotOfRef(draft, timer.ref);
        if (slot !== undefined) missTaskSla(draft, slot, timer.dueAt);
      });
      return;
    case 'queued_timeout':
      await changeRunOf(engine, timer, async draft => {
        const slot = slotOfRef(draft, timer.ref);
        if (slot !== undefined) await endQueuedWait(draft, slot);
      });
      return;
    case 'backfill':
      await fireBackfill(engine, timer);
      return;
    case 'wait':
      await changeRunOf(
        engine,
        timer,
        draft => lookAtWait(draft, timer.ref),
        draft => lockAwaitedAsset(draft, timer.ref),
      );
      return;
    case 'sub_run':
      await changeRunOf(engine, timer, draft => endAbandoned(draft));
      return;
    default:
      throw new Error(`Unknown kind of timer "${timer.kind}"`);
  }
}

/**
 * Fires ticks in one transaction; all of them, or none when one throws.
 *
 * @param timers - of kind `tick`
 */
export async function fireTicks(
  engine: Engine,
  timers: readonly DueTimer[],
): Promise<void> {
  const { ctx } = engine;
  const due = timers.map(timer => ({ timer, ref: parseTickRef(timer.ref) }));
  const decide = async (tx: Tx) => {
    // Before the timers: who stores a version locks in this order too.
    const { rows, now } = await ctx.db.lockRows(tx, 'pipelines', [
      ...new Set(due.map(({ ref }) => ref.pipelineId)),
    ]);
    const pipelines = new Map(rows.map(row => [num(row.id), row]));
    const taken = await takeTimers(ctx.db, tx, timers);
    const reached = due.flatMap(({ timer, ref }) => {
      const pipeline = pipelines.get(ref.pipelineId);
      return pipeline && taken.has(timer.id)
        ? [
            {
              pipeline,
              scheduleId: ref.scheduleId,
              firstDueAt: timer.forDue ?? timer.dueAt,
            },
          ]
        : [];
    });
    return fireSchedules(ctx, tx, reached, now);
  };
  const created = await retryConflicts(() => ctx.db.transaction(decide));
  if (timers.length > 1) {
    ctx.logger.debug(`${timers.length} due times were decided together`);
  }
  await engine.startRuns(created);
}

async function fireAsset(engine: Engine, timer: DueTimer): Promise<void> {
  const { ctx } = engine;
  const ref = parseAssetRef(timer.ref);
  const created = await ctx.db.transaction(async tx => {
    // As for a due time: events of one pipeline are decided one by one.
    await lockPipeline(ctx.db, tx, ref.pipelineId);
    return (await takeTimer(ctx.db, tx, timer))
      ? fireAssetEvent(ctx, tx, ref)
      : undefined;
  });
  if (created !== undefined) await engine.startRun(created);
}

async function fireRetry(engine: Engine, timer: DueTimer): Promise<void> {
  await changeRunOf(engine, timer, async draft => {
    const slot = slotOfRef(draft, timer.ref);
    if (slot === undefined) return;
    const state = draft.states[slot];
    if (state !== 'up_for_retry' && state !== 'up_for_reschedule') return;
    draft.setTask(slot, 'scheduled', {
      reason: null,
      ready_at: draft.now,
      next_try_at: null,
    });
  });
}

/** Of runId/taskNo/mapIndex. */
function slotOfRef(draft: RunDraft, ref: string): number | undefined {
  const [, no, index] = ref.split('/').map(Number);
  return draft.findSlot(no, index);
}

async function fireTaskTimeout(engine: Engine, timer: DueTimer): Promise<void> {
  await changeRunOf(engine, timer, async draft => {
    const attempt = await draft.attempt(timer.ref);
    if (!attempt || attempt.state === 'ended') return;
    await requestCancel(draft, attempt, 'timeout');
    draft.addEvent({
      type: 'task_timeout',
      attemptId: attempt.attempt_id,
      body: { task: draft.name(draft.slotOf(attempt)) },
    });
  });
}

async function fireGroupRetry(engine: Engine, timer: DueTimer): Promise<void> {
  await changeRunOf(engine, timer, draft =>
    retryGroup(draft, Number(timer.ref.split('/')[1])),
  );
}

async function fireRunTimeout(engine: Engine, timer: DueTimer): Promise<void> {
  await changeRunOf(engine, timer, async draft => {
    if (isWorkOver(draft.definition, draft.states)) {
      // Its callbacks do not count. What is cleared meanwhile does.
      await setTimer(draft.ctx.db, draft.tx, {
        kind: 'run_timeout',
        ref: timer.ref,
        dueAt: draft.now + CALLBACKS_PAUSE_MS,
        runId: draft.id,
      });
      draft.setsTimers = true;
      return;
    }
    await cancelRun(draft, RUN_TIMEOUT);
  });
}

async function fireSla(engine: Engine, timer: DueTimer): Promise<void> {
  await changeRunOf(engine, timer, async draft => {
    const { run } = draft;
    // Written once: what was decided stays, whatever happens later.
    if (run.sla_state !== 'pending') return;
    const inTime =
      run.state === 'success' && num(run.ended_at ?? 0) <= timer.dueAt;
    draft.setRun({
      sla_state: inTime ? 'met' : 'missed',
      sla_decided_at: draft.now,
    });
    if (!inTime) {
      draft.addEvent({
        type: 'sla_missed',
        body: { deadline: timer.dueAt, state: run.state },
      });
    }
  });
}

/** Ends a run whose starter does not wait for it any more. */
async function endAbandoned(draft: RunDraft): Promise<void> {
  const { ctx, tx, run } = draft;
  if (run.parent_wait_id === null) return;
  const wait = await ctx.db
    .table(tx, 'waits')
    .where({ wait_id: run.parent_wait_id })
    .first('wait_id');
  if (!wait) await cancelRun(draft, 'maestro:parent_run');
}

/**
 * Takes the timer and changes its run in one transaction.
 *
 * @param lock - what is locked between the run and its timer
 */
async function changeRunOf(
  engine: Engine,
  timer: DueTimer,
  fn: Parameters<Engine['runs']['change']>[1],
  lock: (draft: RunDraft) => Promise<void> = async () => {},
): Promise<void> {
  const { ctx } = engine;
  if (timer.runId === undefined) {
    throw new Error(`Timer ${timer.kind} ${timer.ref} names no run`);
  }
  const exists = await ctx.db
    .table(ctx.db.knex, 'runs')
    .where({ id: timer.runId })
    .first('id');
  if (!exists) {
    // Its run was deleted; nothing can be done with it any more.
    await ctx.db.transaction(tx => takeTimer(ctx.db, tx, timer));
    return;
  }
  await engine.runs.change(timer.runId, async draft => {
    await lock(draft);
    if (await takeTimer(ctx.db, draft.tx, timer)) await fn(draft);
  });
}

/** What a look at an asset is serialised with. */
async function lockAwaitedAsset(draft: RunDraft, ref: string): Promise<void> {
  const { ctx, tx } = draft;
  const wait = await findWait(ctx.db, tx, parseWaitRef(ref));
  const asset = wait?.awaited_asset;
  if (asset) await lockAsset(ctx.db, tx, asset);
}
