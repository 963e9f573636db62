import {
  isWaitingKind,
  type TaskDefinition,
} from '@maestro/plugin-maestro-common';
import type { TaskExecutor } from '@maestro/plugin-maestro-node';
import { num } from '../database/conversion';
import { isStoreError } from '../database/isStoreError';
import { deleteOutputs } from '../database/operations/outputs/deleteOutputs';
import { setTimer } from '../database/operations/timers/timers';
import {
  isHadElsewhere,
  otherRunsWait,
} from '../database/operations/attempts/limits';
import type { AttemptRow } from '../database/tables';
import { isRescheduled, lastAttempt, resumeNo } from './declaredOutcome';
import { followFailure } from './followFailure';
import { Limits, ownerOf } from './Limits';
import { nextTry, type SharedInputs, prepareAttempt } from './prepareAttempt';
import type { RunDraft } from './RunDraft';
import { reuseStep, type StepLookup } from './stepCache';
import type { PreparedLaunch } from './types';

/** Attempts claimed in one transaction, at most. */
const BATCH = 64;

/** Whom a claim serves. */
export interface ClaimOptions {
  /**
   * Leave the slots to the tasks of other runs that are ready, so that a long
   * run cannot starve them; the general claim serves all by priority.
   */
  onlyWhenNobodyWaits?: boolean;
  /** Keys of task instances (`slotKey`); without it every ready one. */
  only?: ReadonlySet<string>;
  /**
   * Gets the names of the limits that had no free slot: `pipeline`,
   * `task:<number>`, `map:<task number>`, `owner:<ref>`, `executor:<name>`,
   * `pool:<name>`.
   */
  full?: Set<string>;
  /**
   * Names of limits that had no free slot a moment ago, and have none for this
   * claim: a slot that came free meanwhile is not for whoever comes last.
   */
  stillFull?: ReadonlySet<string>;
}

/**
 * Claims ready tasks of a locked run as far as the limits allow: each gets an
 * attempt with a launch lease, launched after the commit.
 *
 * Limits are counted over live attempts, never stored, under the lock of the
 * limit's row; the run lock is held already, which is the order everywhere.
 *
 * @returns whether it came through: what is still ready stands before a limit
 * that is full (or wants an executor that is not here), so that a claim can do
 * no more until a slot is free
 */
export async function claimReady(
  draft: RunDraft,
  options: ClaimOptions,
): Promise<boolean> {
  if (draft.ctx.isScheduling?.() === false) return false;
  const groups = readyGroups(draft, options.only);
  if (groups.length === 0) return true;
  const { ctx, tx } = draft;
  const { shared: facts } = draft;
  if (options.onlyWhenNobodyWaits) {
    // Those of the same transaction take their turns here.
    facts.othersWait ??= await otherRunsWait(ctx.db, tx, draft.id);
    if (facts.othersWait) return false;
  }
  const executorOf = (slot: number) =>
    ctx.executors.get(draft.task(slot).executor ?? ctx.defaultExecutor);
  const limits = new Limits(draft, options.full, options.stillFull);
  const isLocked = await limits.lockFor(
    groups.flatMap(({ slots: [first] }) => {
      const executor = executorOf(first)?.name;
      return executor ? [{ task: draft.task(first), executor }] : [];
    }),
  );
  // The general claim serves it, right after this transaction.
  if (!isLocked) return false;
  const shared = new Map<number, SharedInputs>();
  const claims: Claim[] = [];
  let reused = draft.reusedSteps;
  if (reused >= BATCH) return false;
  // All of them: a task that waits for a pool must not hide those behind it.
  for (const { slots } of groups) {
    for (const slot of slots) {
      const task = draft.task(slot);
      const executor = executorOf(slot);
      if (!executor) {
        const wanted = task.executor ?? ctx.defaultExecutor;
        // Of another scheduler, which claims it: not every one has all of them,
        // and one that is away for an hour must not fail what waits for it.
        if (await isHadElsewhere(ctx.db, tx, wanted)) {
          // What wants one of ours may stand behind it.
          options.full?.add(`executor:${wanted}`);
          break;
        }
        draft.setTask(slot, 'failed', {
          reason: `executor "${wanted}" does not exist; configured are: ${[
            ...ctx.executors.keys(),
          ].join(', ')}`,
        });
        continue;
      }
      // A result that is there already needs no slot.
      const step = await reuseStep(draft, slot, shared);
      if (step.reused) {
        reused += 1;
        draft.reusedSteps += 1;
      } else {
        // The other instances of a mapped task stand before the same limits.
        if (!limits.admit(task)) break;
        const claimed = await claim(draft, slot, executor, { shared, step });
        if (claimed) claims.push(claimed);
      }
      if (claims.length + reused >= BATCH) break;
    }
    if (claims.length + reused >= BATCH) break;
  }
  await storeClaims(draft, claims);
  return claims.length + reused < BATCH;
}

interface Claim {
  columns: Partial<AttemptRow>;
  request: PreparedLaunch['request'];
}

/** Stores the attempts in one go; they are launched after the commit. */
async function storeClaims(
  draft: RunDraft,
  claims: readonly Claim[],
): Promise<void> {
  const rows = await draft.insertAttempts(claims.map(({ columns }) => columns));
  rows.forEach((row, i) => launchAfter(draft, row, claims[i].request));
}

/** Has an attempt launched once the transaction that leases it is committed. */
export function launchAfter(
  draft: RunDraft,
  row: AttemptRow,
  request: PreparedLaunch['request'],
): void {
  draft.launches.push({
    attempt: {
      attemptId: row.attempt_id,
      runId: draft.id,
      executor: row.executor,
      row,
    },
    versionId: num(draft.run.version_id),
    // From where the lease begins: a process may sleep inside a transaction.
    launchBefore: draft.openedAt + draft.ctx.settings.leaseMs / 2,
    request,
    ...airflowLaunch(draft.definition.tasks[row.task_no]),
  });
}

/** Of a task of Airflow that runs without Airflow, or with that of an image. */
function airflowLaunch({
  airflow,
  airflowPath,
  bash,
  airflowPod,
  env = {},
}: TaskDefinition): Pick<
  PreparedLaunch,
  'withoutSources' | 'templates' | 'airflowPod'
> {
  if (airflowPod) return { airflowPod };
  if (airflowPath?.path !== 'native') return {};
  const fields = airflow?.templates;
  return {
    // A command on this machine finds the files of its DAG, as with Python.
    ...(bash ? {} : { withoutSources: true }),
    ...(fields ? { templates: { fields, env: Object.keys(env) } } : {}),
  };
}

/** Sets the timeout of an attempt that is about to be launched. */
export async function boundLaunch(
  draft: RunDraft,
  slot: number,
  attemptId: string,
  executor: TaskExecutor,
): Promise<void> {
  const { ctx, tx, now } = draft;
  const { timeoutMs } = draft.task(slot);
  if (timeoutMs === undefined || executor.capabilities.boundsStart) return;
  // From the claim on: a launch that hangs is bounded too. Moved when the
  // attempt really starts. Where the executor bounds that, a wait for a node
  // or an image is no part of it; until the executor has it, the lease counts.
  await setTimer(ctx.db, tx, {
    kind: 'task_timeout',
    ref: attemptId,
    dueAt: now + timeoutMs,
    runId: draft.id,
  });
}

/** Name of a task instance among those of its run. */
export function slotKey(taskNo: number, mapIndex: number): string {
  return `${taskNo}/${mapIndex}`;
}

/** A ready task, or the ready instances of a mapped one in their order. */
interface ReadyGroup {
  slots: number[];
  priority: number;
  readyAt: number;
}

/**
 * In the order in which they shall start. The instances of a mapped task are
 * not sorted one by one: of 10,000 that wait this is asked after each end.
 */
function readyGroups(
  draft: RunDraft,
  only: ReadonlySet<string> | undefined,
): ReadyGroup[] {
  const groups: ReadyGroup[] = [];
  const isReady = (slot: number) => {
    if (draft.states[slot] !== 'scheduled') return false;
    if (!only) return true;
    const { task_no: no, map_index: index } = draft.instance(slot);
    return only.has(slotKey(no, index));
  };
  const addGroup = (slots: number[]) => {
    if (slots.length === 0) return;
    const { priority, ready_at: readyAt } = draft.instance(slots[0]);
    groups.push({ slots, priority, readyAt: num(readyAt ?? 0) });
  };
  for (const { no, map, kind } of draft.definition.tasks) {
    if (isWaitingKind(kind)) continue;
    if (!map) {
      if (isReady(no)) addGroup([no]);
    } else if ((draft.childCounts.get(no)?.scheduled ?? 0) > 0) {
      addGroup(draft.children.get(no)!.filter(isReady));
    }
  }
  return groups.sort(
    (a, b) =>
      b.priority - a.priority ||
      a.readyAt - b.readyAt ||
      a.slots[0] - b.slots[0],
  );
}

async function claim(
  draft: RunDraft,
  slot: number,
  executor: TaskExecutor,
  { shared, step }: { shared: Map<number, SharedInputs>; step: StepLookup },
): Promise<Claim | undefined> {
  const { ctx, tx, now } = draft;
  const task = draft.task(slot);
  const before = draft.instance(slot);
  const last = await lastAttempt(draft, slot);
  // One that was cleared begins anew.
  const goesOn = before.try_number > 0 && isRescheduled(last);
  const { isNewTry, tryNumber } = goesOn
    ? { isNewTry: false, tryNumber: before.try_number }
    : nextTry(before);
  const seq = before.attempt_seq + 1;

  if (isNewTry && before.attempt_seq > 0) {
    // Outputs belong to a try: a new one starts without them.
    await deleteOutputs(ctx.db, tx, {
      runId: draft.id,
      taskIds: [task.id],
      mapIndices: [before.map_index],
    });
  }
  let prepared;
  try {
    prepared =
      step.prepared ?? (await prepareAttempt(draft, slot, tryNumber, shared));
  } catch (error) {
    if (isStoreError(error)) throw error;
    // Nothing was launched: without an attempt, the reason stands on the task.
    draft.setTask(slot, 'queued', { reason: null, try_number: tryNumber });
    await followFailure(draft, slot, {
      failure: 'config',
      message: (error as Error).message,
    });
    return undefined;
  }

  const { attemptId, record, request, tokenHash } = prepared;
  const columns: Partial<AttemptRow> = {
    attempt_id: attemptId,
    run_id: draft.id,
    pipeline_id: draft.run.pipeline_id,
    task_no: task.no,
    map_index: before.map_index,
    task_id: task.id,
    owner: ownerOf(draft.definition),
    seq,
    try_number: tryNumber,
    counts_as_retry: isNewTry,
    resume_no: resumeNo(last, isNewTry),
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
    cache_key: step.key ?? null,
  };
  if (step.problem !== undefined) {
    draft.addEvent({
      type: 'step_not_cached',
      attemptId,
      body: { task: draft.name(slot), reason: step.problem },
    });
  }
  await boundLaunch(draft, slot, attemptId, executor);
  draft.setTask(slot, 'queued', {
    reason: null,
    try_number: tryNumber,
    attempt_seq: seq,
    executor: executor.name,
    queued_at: now,
    started_at: null,
    ended_at: null,
    next_try_at: null,
  });
  return { columns, request };
}
