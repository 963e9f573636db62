import type { FailureClass, MarkState } from '@maestro/plugin-maestro-common';
import type {
  AttemptOutcome,
  ObservedAttempt,
} from '@maestro/plugin-maestro-node';
import { num } from '../database/conversion';
import { throwAwayBlobs } from '../database/operations/outputs/deleteOutputs';
import { clearTimer, setTimer } from '../database/operations/timers/timers';
import type { AttemptRow } from '../database/tables';
import { isStopped } from './cleanUp';
import { defer } from './triggers/defer';
import {
  declaredBy,
  type DeclaredOutcome,
  outcomeDeclared,
  RESCHEDULED,
  reschedule,
  speaksForItself,
} from './declaredOutcome';
import { outputKeyProblem } from './outputKeyProblem';
import {
  followFailure,
  QUEUED_TIMEOUT,
  takenBackMessage,
} from './followFailure';
import { maskText } from './maskText';
import { shownOutput } from './maskValue';
import type { RunDraft } from './RunDraft';
import { bySkipExitCodes } from './skipExitCodes';
import { keepStep } from './stepCache';

/** Columns of a task instance before its first try. */
export const FRESH_TASK = {
  try_number: 0,
  infra_retries: 0,
  executor: null,
  ready_at: null,
  queued_at: null,
  started_at: null,
  ended_at: null,
  next_try_at: null,
  cache_hit: null,
} as const;

/** Why an attempt is ended whose task starts anew. */
export const CLEARED = 'cleared';

/** `cancel_reason` of an attempt whose task gets a state by hand. */
export function markReason(state: MarkState, actor: string): string {
  return `marked ${state} by ${actor}`;
}

function markedState(reason: string | null): MarkState | undefined {
  return /^marked (success|failed|skipped) by /.exec(reason ?? '')?.[1] as
    | MarkState
    | undefined;
}

/** What is known of a failure. */
export interface Failure {
  failure: FailureClass;
  /** For people: what, where, what to do next. */
  message: string;
  /** Of the process, as far as it had one. */
  exitCode?: number;
  /** Of its process, epoch ms; counts where nobody saw it start. */
  startedAt?: number;
  /** Epoch ms; without it now. */
  endedAt?: number;
  /** The task said so: no retry, however many are left. */
  isFinal?: boolean;
  /** The task said when the next try may start: milliseconds from now. */
  delayMs?: number;
}

/**
 * Applies what an executor saw to a locked run. Late, doubled and superseded
 * observations change nothing: the attempt's state, read under the run lock,
 * is the fence.
 */
export async function applyObservation(
  draft: RunDraft,
  observed: ObservedAttempt & { ofLaunch?: boolean },
): Promise<void> {
  const attempt = await draft.attempt(observed.attemptId);
  if (!attempt || attempt.state === 'ended') return;
  if (observed.phase === 'ended') {
    const outcome: AttemptOutcome = observed.outcome ?? {
      result: 'failed',
      failure: 'lost',
      message: 'it ended without an outcome',
    };
    await endAttempt(
      draft,
      attempt,
      observed.ofLaunch ? shownLaunchFailure(draft, attempt, outcome) : outcome,
      observed,
    );
    return;
  }
  if (attempt.state === 'running') return;
  if (observed.phase === 'running') {
    await startAttempt(draft, attempt, observed);
    return;
  }
  // It is there, so the lease has done its part; now the listing counts.
  const waitsFor = observed.waitsFor?.slice(0, 2000) ?? null;
  if (attempt.state === 'claimed' || attempt.message !== waitsFor) {
    draft.updateAttempt(attempt, {
      state: 'launched',
      launched_at: attempt.launched_at ?? draft.now,
      lease_until: null,
      lease_owner: null,
      message: waitsFor,
      object: observed.object ?? attempt.object,
    });
  }
}

async function startAttempt(
  draft: RunDraft,
  attempt: AttemptRow,
  observed: ObservedAttempt,
): Promise<void> {
  const { ctx, tx, now } = draft;
  draft.updateAttempt(attempt, {
    state: 'running',
    started_at: now,
    launched_at: attempt.launched_at ?? now,
    lease_until: null,
    lease_owner: null,
    // What it waited for.
    message: null,
    object: observed.object ?? null,
  });
  const slot = draft.slotOf(attempt);
  const { timeoutMs } = draft.task(slot);
  if (timeoutMs !== undefined) {
    await setTimer(ctx.db, tx, {
      kind: 'task_timeout',
      ref: attempt.attempt_id,
      dueAt: now + timeoutMs,
      runId: draft.id,
    });
    draft.setsTimers = true;
  }
  if (draft.states[slot] === 'queued') {
    draft.setTask(slot, 'running', {
      reason: null,
      started_at: now,
    });
  }
}

/** Ends an attempt and moves its task instance accordingly. */
export async function endAttempt(
  draft: RunDraft,
  attempt: AttemptRow,
  seen: AttemptOutcome,
  observed?: ObservedAttempt,
): Promise<void> {
  const { ctx, tx, now } = draft;
  const no = draft.slotOf(attempt);
  const task = draft.task(no);
  const declared = declaredBy(attempt);
  const goesOn = !isStopped(draft, no);
  const outcome = speaksForItself(task)
    ? outcomeDeclared(declared, seen, goesOn)
    : bySkipExitCodes(task, seen);
  const outputs = readOutputs(outcome.outputs);
  const failed =
    outcome.result === 'failed' ? outcome : outputsFailure(outputs);
  // Asked for by Maestro, so the signal that ended it is not the cause.
  const asked = failed && causeOfCancel(draft, attempt);
  const failure = asked?.failure ?? failed?.failure;
  const detail =
    outcome.result === 'failed' && outcome.detail ? `: ${outcome.detail}` : '';
  const message = asked ? `${asked.message}${detail}` : failed?.message;
  const endedAt = endOf(attempt, observed, now);
  const ended = draft.updateAttempt(attempt, {
    state: 'ended',
    result: failed ? 'failed' : outcome.result,
    failure: failure ?? null,
    message: message ?? null,
    exit_code: outcome.exitCode ?? null,
    signal: outcome.result === 'failed' ? outcome.signal ?? null : null,
    object: observed?.object ?? attempt.object,
    started_at: attempt.started_at ?? observed?.startedAt ?? null,
    launched_at: attempt.launched_at ?? observed?.startedAt ?? null,
    ended_at: endedAt,
    lease_until: null,
    lease_owner: null,
    token_hash: null,
    follow_up:
      goesOn && declared && goesOnLater(declared)
        ? JSON.stringify({
            action: RESCHEDULED,
            nextTryAt:
              declared.declared === 'reschedule' ? declared.at : undefined,
          })
        : null,
  });
  if (task.timeoutMs !== undefined) {
    await clearTimer(ctx.db, tx, 'task_timeout', attempt.attempt_id);
  }
  draft.endedAttempts.push(attempt.attempt_id);
  if (draft.instance(no).attempt_seq !== attempt.seq) return;

  if (attempt.map_index >= 0 && draft.instance(no).item === null) {
    // Its task was cleared: the next list is made when none of it is left.
    draft.setTask(no, 'removed', { reason: 'its list is made anew' });
    return;
  }
  if (attempt.cancel_reason === CLEARED) {
    // Unless the run was cancelled after that: then nothing starts any more.
    const isCancelled = isStopped(draft, no);
    draft.setTask(no, isCancelled ? 'skipped' : 'none', {
      ...FRESH_TASK,
      no_cache: true,
      reason: isCancelled ? 'the run was cancelled' : 'cleared',
    });
    return;
  }
  const marked = markedState(attempt.cancel_reason);
  if (marked) {
    draft.setTask(no, marked, { reason: attempt.cancel_reason });
    return;
  }
  if (declared?.declared === 'reschedule' && goesOn) {
    await reschedule(draft, no, declared.at);
    return;
  }
  if (declared?.declared === 'deferred' && goesOn) {
    await defer(draft, no, ended, declared);
    return;
  }
  const started = {
    started_at:
      draft.instance(no).started_at ?? observed?.startedAt ?? draft.now,
  };
  if (failure !== undefined) {
    const followUp = await followFailure(draft, no, {
      failure,
      message: message ?? failure,
      exitCode: outcome.exitCode,
      startedAt: observed?.startedAt,
      endedAt,
      ...(declared?.declared === 'failed' && outcome !== seen
        ? { isFinal: declared.final, delayMs: declared.delayMs }
        : {}),
    });
    draft.updateAttempt(ended, { follow_up: JSON.stringify(followUp) });
    return;
  }
  if ('values' in outputs) {
    await storeOutputs(draft, no, attempt, outputs.values);
  }
  if (outcome.result === 'success') await keepStep(draft, no, ended);
  draft.setTask(no, outcome.result === 'skipped' ? 'skipped' : 'success', {
    ...started,
    ended_at: endedAt,
    infra_retries: 0,
    reason: outcome.result === 'skipped' ? whySkipped(declared, outcome) : null,
  });
  if (outcome.result !== 'skipped') draft.succeeded.push(attempt);
}

function goesOnLater({ declared }: DeclaredOutcome): boolean {
  return declared === 'reschedule' || declared === 'deferred';
}

function whySkipped(
  declared: DeclaredOutcome | undefined,
  { exitCode }: AttemptOutcome,
): string {
  return declared
    ? 'it skipped itself'
    : `it asked to be skipped (exit code ${exitCode})`;
}

/**
 * When the process ended. One that ended while no scheduler was there is
 * noticed later: then its start and how long it took, by the clock of its own
 * host, say when that was. Never before its start, never in the future.
 */
function endOf(
  attempt: AttemptRow,
  observed: ObservedAttempt | undefined,
  now: number,
): number {
  const { startedAt, endedAt } = observed ?? {};
  if (startedAt === undefined || endedAt === undefined) return now;
  const start = num(attempt.started_at ?? startedAt);
  return Math.min(now, start + Math.max(0, endedAt - startedAt));
}

function causeOfCancel(
  draft: RunDraft,
  attempt: AttemptRow,
): Failure | undefined {
  switch (attempt.cancel_reason) {
    case null:
    case CLEARED:
      return undefined;
    case 'timeout':
      return {
        failure: 'timeout',
        message: 'it ran longer than its timeout and was ended',
      };
    case QUEUED_TIMEOUT:
      return {
        failure: 'queued_timeout',
        message: takenBackMessage(draft, attempt),
      };
    default:
      return { failure: 'cancelled', message: attempt.cancel_reason };
  }
}

type Outputs = { values: Record<string, unknown> } | { problem: string };

/**
 * What a task handed on, or why it cannot be stored. Whatever it wrote must end
 * the attempt: an error here would leave the run waiting for ever.
 */
function readOutputs(text: string | undefined): Outputs {
  if (!text) return { values: {} };
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    return { problem: `they are no JSON: ${(error as Error).message}` };
  }
  if (values === null || typeof values !== 'object' || Array.isArray(values)) {
    return { problem: 'they are not one JSON object, such as {"rows": 10}' };
  }
  const problem = outputKeyProblem(values);
  return problem === undefined
    ? { values: values as Record<string, unknown> }
    : { problem };
}

function outputsFailure(outputs: Outputs): Failure | undefined {
  return 'problem' in outputs
    ? {
        failure: 'outputs',
        message: `Its outputs cannot be stored: ${outputs.problem}`,
      }
    : undefined;
}

/** Longest message of a launch that failed, in characters. */
const MAX_LAUNCH_MESSAGE = 2_000;

/** Why a launch failed may quote what its templates were filled with. */
function shownLaunchFailure(
  draft: RunDraft,
  { attempt_id: attemptId, masks }: AttemptRow,
  outcome: AttemptOutcome,
): AttemptOutcome {
  if (outcome.result !== 'failed' || masks === null) return outcome;
  let message: string;
  try {
    const secrets = draft.ctx.inputs.openMasks(attemptId, masks);
    message = maskText(outcome.message, secrets);
  } catch (error) {
    if ((error as Error).name !== 'InputError') throw error;
    message = `It could not be launched; why is not shown, because what must be hidden in it is not known: ${
      (error as Error).message
    }`;
  }
  // Not before: half a secret would not be found.
  return { ...outcome, message: message.slice(0, MAX_LAUNCH_MESSAGE) };
}

/** How the outputs of an attempt are shown. */
function shownBy(
  draft: RunDraft,
  { attempt_id: attemptId, masks }: AttemptRow,
): (text: string) => string | null {
  if (masks === null) return () => null;
  try {
    const secrets = draft.ctx.inputs.openMasks(attemptId, masks);
    return text => shownOutput(text, secrets);
  } catch (error) {
    if ((error as Error).name !== 'InputError') throw error;
    // Its key was taken away while it ran. The run goes on, but nobody can say
    // what must not be seen.
    const sentence = `not shown, because what must be hidden in it is not known: ${
      (error as Error).message
    }`;
    return () => JSON.stringify(sentence);
  }
}

async function storeOutputs(
  draft: RunDraft,
  no: number,
  attempt: AttemptRow,
  values: Record<string, unknown>,
): Promise<void> {
  const entries = Object.entries(values);
  if (entries.length === 0) return;
  const show = shownBy(draft, attempt);
  const rows = entries.map(([key, value]) => {
    const text = JSON.stringify(value);
    return {
      run_id: draft.id,
      task_id: draft.task(no).id,
      map_index: attempt.map_index,
      key,
      attempt_id: attempt.attempt_id,
      value: text,
      // One that was sent through the task API before is replaced.
      blob: null,
      shown: show(text),
      size: Buffer.byteLength(text),
      created_at: draft.now,
    };
  });
  await throwAwayBlobs(
    draft.ctx.db,
    draft.tx,
    {
      runId: draft.id,
      taskIds: [draft.task(no).id],
      mapIndices: [attempt.map_index],
    },
    new Set(Object.keys(values)),
  );
  for (let i = 0; i < rows.length; i += 400) {
    await draft.ctx.db
      .table(draft.tx, 'outputs')
      .insert(rows.slice(i, i + 400))
      .onConflict(['run_id', 'task_id', 'map_index', 'key'])
      .merge();
  }
}

/**
 * Whether its launch was refused and is tried again: it waits, and nobody holds
 * its lease, which says when. See `refusedLaunch.ts`.
 */
export function isRefused({
  state,
  lease_owner,
}: Pick<AttemptRow, 'state' | 'lease_owner'>): boolean {
  return state === 'claimed' && lease_owner === null;
}

/** Ends one whose end was asked for before it was launched. */
export async function endUnlaunched(
  draft: RunDraft,
  attempt: AttemptRow,
): Promise<void> {
  await endAttempt(draft, attempt, {
    result: 'failed',
    failure: 'cancelled',
    message: 'it was ended before it was launched',
    detail: attempt.message
      ? `not launched, because ${attempt.message}`
      : undefined,
  });
}

/** Asks for the end of an attempt; the executor is told after the commit. */
export async function requestCancel(
  draft: RunDraft,
  attempt: AttemptRow,
  reason: string,
): Promise<void> {
  if (attempt.state === 'ended') return;
  const asked = draft.updateAttempt(attempt, {
    cancel_requested_at: attempt.cancel_requested_at ?? draft.now,
    // A clear or a mark is what happens next to the task, whyever it is being
    // ended; the latest one counts.
    cancel_reason:
      reason === CLEARED || markedState(reason)
        ? reason
        : attempt.cancel_reason ?? reason,
    // What it still says is refused from here on.
    token_hash: null,
  });
  if (isRefused(attempt)) {
    // Nothing runs, and nothing is on its way that could begin to.
    await endUnlaunched(draft, asked);
    return;
  }
  draft.cancels.push({
    executor: attempt.executor,
    attemptId: attempt.attempt_id,
  });
}

/** Live attempts of a run, at most one a task instance. */
export async function liveAttempts(draft: RunDraft): Promise<AttemptRow[]> {
  await draft.flushAttempts();
  const rows = (await draft.ctx.db
    .table(draft.tx, 'attempts')
    .where({ run_id: draft.id })
    .whereRaw("state <> 'ended'")) as AttemptRow[];
  return rows.sort((a, b) => num(a.id) - num(b.id));
}
