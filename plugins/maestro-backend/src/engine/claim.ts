import type { TaskDefinition } from '@maestro/plugin-maestro-common';
import type { TaskExecutor } from '@maestro/plugin-maestro-node';
import { num } from '../database/conversion';
import { isStoreError } from '../database/isStoreError';
import { deleteOutputs } from '../database/operations/outputs/deleteOutputs';
import { setTimer } from '../database/operations/timers/timers';
import {
  countLiveAttempts,
  lockExecutor,
  lockPipeline,
  lockPool,
  otherRunsWait,
} from '../database/operations/attempts/limits';
import { applyFailure } from './outcome';
import { prepareAttempt } from './prepareAttempt';
import type { RunDraft } from './RunDraft';

/** Attempts claimed in one transaction, at most. */
const BATCH = 64;

/** Whom a claim serves. */
export interface ClaimOptions {
  /**
   * Leave the slots to the tasks of other runs that are ready, so that a long
   * run cannot starve them; the general claim serves all by priority.
   */
  onlyWhenNobodyWaits?: boolean;
  /** Task numbers; without it every ready task. */
  only?: ReadonlySet<number>;
  /**
   * Gets the names of the limits that had no free slot: `pipeline`,
   * `executor:<name>`, `pool:<name>`.
   */
  full?: Set<string>;
}

/** The free slots of each limit, counted once in a transaction. */
class Limits {
  private readonly free = new Map<string, number>();

  constructor(
    private readonly draft: RunDraft,
    private readonly full: Set<string> = new Set(),
  ) {}

  /** Takes a slot of every limit, or none. */
  async admit(task: TaskDefinition, executor: TaskExecutor): Promise<boolean> {
    const { draft } = this;
    const { ctx, tx } = draft;
    const pipelineId = num(draft.run.pipeline_id);
    const keys: string[] = [];
    const consider = async (key: string, count: () => Promise<number>) => {
      if (!this.free.has(key)) this.free.set(key, await count());
      keys.push(key);
      const isFree = this.free.get(key)! > 0;
      if (!isFree) this.full.add(key);
      return isFree;
    };

    // The pipeline first: a run that starts has its lock already.
    const { maxActiveTasks } = draft.definition;
    const admitted =
      (maxActiveTasks === undefined ||
        (await consider('pipeline', async () => {
          await lockPipeline(ctx.db, tx, pipelineId);
          const live = await countLiveAttempts(ctx.db, tx, {
            pipeline_id: pipelineId,
          });
          return maxActiveTasks - live;
        }))) &&
      (await consider(`executor:${executor.name}`, async () => {
        if (ctx.notStarted?.has(executor.name)) return 0;
        const seen = await lockExecutor(
          ctx.db,
          tx,
          { executor: executor.name, instance: executor.instance },
          draft.now,
        );
        // Others may be about to end its work as lost: first it must be heard
        // of again, which the next round of the reconciler sees to.
        if (seen && seen.silentMs > seen.ttlMs / 2) return 0;
        const live = await countLiveAttempts(ctx.db, tx, {
          executor: executor.name,
          executor_instance: executor.instance,
        });
        return executor.capabilities.maxParallel - live;
      })) &&
      (task.pool === undefined ||
        (await consider(`pool:${task.pool}`, async () => {
          const slots = await lockPool(ctx.db, tx, task.pool!);
          const live = await countLiveAttempts(ctx.db, tx, {
            pool: task.pool!,
          });
          return slots - live;
        })));
    if (!admitted) return false;
    for (const key of keys) this.free.set(key, this.free.get(key)! - 1);
    return true;
  }
}

/**
 * Claims ready tasks of a locked run as far as the limits allow: each gets an
 * attempt with a launch lease, launched after the commit.
 *
 * Limits are counted over live attempts, never stored, under the lock of the
 * limit's row; the run lock is held already, which is the order everywhere.
 */
export async function claimReady(
  draft: RunDraft,
  options: ClaimOptions,
): Promise<void> {
  const { only } = options;
  const ready = readyTasks(draft).filter(no => !only || only.has(no));
  if (ready.length === 0) return;
  const { ctx, tx } = draft;
  if (
    options.onlyWhenNobodyWaits &&
    (await otherRunsWait(ctx.db, tx, draft.id))
  ) {
    return;
  }
  const limits = new Limits(draft, options.full);
  let claimed = 0;
  // All of them: a task that waits for a pool must not hide those behind it.
  for (const no of ready) {
    const task = draft.task(no);
    const executor = ctx.executors.get(task.executor ?? ctx.defaultExecutor);
    if (!executor) {
      draft.setTask(no, 'failed', {
        reason: `executor "${
          task.executor ?? ctx.defaultExecutor
        }" does not exist; configured are: ${[...ctx.executors.keys()].join(
          ', ',
        )}`,
      });
      continue;
    }
    if (await limits.admit(task, executor)) {
      await claim(draft, no, executor);
      claimed += 1;
      if (claimed === BATCH) return;
    }
  }
}

function readyTasks(draft: RunDraft): number[] {
  const ready: number[] = [];
  draft.states.forEach((state, no) => {
    if (state === 'scheduled') ready.push(no);
  });
  return ready.sort(
    (a, b) =>
      draft.instance(b).priority - draft.instance(a).priority ||
      num(draft.instance(a).ready_at ?? 0) -
        num(draft.instance(b).ready_at ?? 0) ||
      a - b,
  );
}

async function claim(
  draft: RunDraft,
  no: number,
  executor: TaskExecutor,
): Promise<void> {
  const { ctx, tx, now } = draft;
  const task = draft.task(no);
  const before = draft.instance(no);
  const isNewTry = before.infra_retries === 0 || before.try_number === 0;
  const tryNumber = isNewTry ? before.try_number + 1 : before.try_number;
  const seq = before.attempt_seq + 1;

  if (isNewTry && before.attempt_seq > 0) {
    // Outputs belong to a try: a new one starts without them.
    await deleteOutputs(ctx.db, tx, {
      runId: draft.id,
      taskIds: [task.id],
      mapIndex: before.map_index,
    });
  }
  let prepared;
  try {
    prepared = await prepareAttempt(draft, no, tryNumber);
  } catch (error) {
    if (isStoreError(error)) throw error;
    // Nothing was launched: without an attempt, the reason stands on the task.
    draft.setTask(no, 'queued', { reason: null, try_number: tryNumber });
    await applyFailure(draft, no, {
      failure: 'config',
      message: (error as Error).message,
    });
    return;
  }

  const { attemptId, record, request, tokenHash } = prepared;
  const inserted = await draft.insertAttempt({
    attempt_id: attemptId,
    run_id: draft.id,
    pipeline_id: draft.run.pipeline_id,
    task_no: no,
    map_index: before.map_index,
    seq,
    try_number: tryNumber,
    counts_as_retry: isNewTry,
    state: 'claimed',
    executor: executor.name,
    executor_instance: executor.instance,
    pool: task.pool ?? null,
    lease_owner: ctx.scheduler,
    lease_until: now + ctx.settings.leaseMs,
    token_hash: tokenHash,
    claimed_at: now,
    command: record.command,
    env: record.env,
    inputs: record.inputs,
    masks: record.masks,
    image: task.image ?? null,
  });
  if (task.timeoutMs !== undefined) {
    // From the claim on: a launch that hangs is bounded too. Moved when the
    // attempt really starts.
    await setTimer(ctx.db, tx, {
      kind: 'task_timeout',
      ref: attemptId,
      dueAt: now + task.timeoutMs,
      runId: draft.id,
    });
  }
  draft.setTask(no, 'queued', {
    reason: null,
    try_number: tryNumber,
    attempt_seq: seq,
    executor: executor.name,
    queued_at: now,
    started_at: null,
    ended_at: null,
    next_try_at: null,
  });
  draft.launches.push({
    attempt: {
      attemptId,
      runId: draft.id,
      executor: executor.name,
      row: inserted,
    },
    versionId: num(draft.run.version_id),
    // From where the lease begins: a process may sleep inside a transaction.
    launchBefore: draft.openedAt + ctx.settings.leaseMs / 2,
    request,
  });
}
