import type { AttemptRow } from '../database/tables';
import {
  declaredBy,
  declareOutcome,
  type DeclaredDeferral,
  type DeferralArguments,
  RESCHEDULED_START,
} from '../engine/declaredOutcome';
import { type ResumedTask, resumedBy } from '../engine/triggers/resume';
import { widenInputs } from '../engine/widenInputs';
import { AirflowApiError } from './AirflowApiError';
import type { AirflowCall } from './AirflowCall';
import type { StateUpdate } from './stateUpdate';

/** Largest arguments of a trigger and of the task after it, in bytes of JSON. */
const MAX_ARGUMENTS_BYTES = 1024 * 1024;

/** Longest time that a trigger is waited for, in milliseconds. */
const MAX_TIMEOUT_MS = 10 * 365 * 24 * 3_600_000;

/**
 * Keeps what a task waits for. Its arguments are sealed: a password in them
 * stands nowhere in clear, not even in the database.
 *
 * @throws AirflowApiError 413, or 409 when it has said something else before
 */
export async function deferTask(
  call: AirflowCall,
  update: Extract<StateUpdate, { state: 'deferred' | 'awaiting_input' }>,
): Promise<void> {
  const { inputs } = call.options;
  const isTrigger = update.state === 'deferred';
  const classpath = isTrigger ? update.classpath : undefined;
  const timeout = isTrigger ? update.trigger_timeout : update.timeout;
  const kwargs: DeferralArguments = {
    trigger: isTrigger ? update.trigger_kwargs ?? {} : {},
    next: update.next_kwargs ?? {},
  };
  const text = JSON.stringify(kwargs);
  const size = Buffer.byteLength(text);
  if (size > MAX_ARGUMENTS_BYTES) {
    throw new AirflowApiError(
      413,
      'too_large',
      `The arguments of ${classpath ? `${classpath} and of ` : ''}${
        update.next_method
      } have ${size} bytes, and at most ${MAX_ARGUMENTS_BYTES} are kept while a task waits; hand on where the data stands`,
    );
  }
  const { attempt_id: id } = call.attempt;
  const place = { table: 'attempts', id, field: 'follow_up' } as const;
  const facts = {
    declared: 'deferred' as const,
    classpath,
    nextMethod: update.next_method,
    timeoutMs:
      typeof timeout === 'number'
        ? Math.min(Math.max(timeout, 0), MAX_TIMEOUT_MS)
        : undefined,
  };
  await call.change((draft, attempt) => {
    const before = declaredBy(attempt);
    // Sealed anew it would be another text.
    const isSame =
      before?.declared === 'deferred' &&
      inputs.open(place, before.sealed) === text &&
      JSON.stringify({ ...before, sealed: '' }) ===
        JSON.stringify({ ...facts, sealed: '' });
    if (isSame) return;
    const declared: DeclaredDeferral = {
      ...facts,
      sealed: inputs.seal(place, text),
    };
    declareOutcome(draft, attempt, declared);
  });
}

/**
 * How an attempt goes on after a trigger; undefined for one that begins. What
 * the trigger may have handed on is hidden before it is told.
 */
export async function resumedTask(
  call: AirflowCall,
  attempt: AttemptRow,
): Promise<ResumedTask | undefined> {
  if (attempt.resume_no === 0) return undefined;
  const { db } = call;
  const before = await db
    .table(db.knex, 'attempts')
    .where({
      run_id: attempt.run_id,
      task_no: attempt.task_no,
      map_index: attempt.map_index,
      try_number: attempt.try_number,
    })
    .where('seq', '<', attempt.seq)
    // The others hold what was found before, up to mebibytes of it each.
    .where('follow_up', 'like', `${RESCHEDULED_START}%`)
    .orderBy('seq', 'desc')
    .limit(1)
    .select('attempt_id', 'follow_up', 'resume');
  const resumed = resumedBy(call.options.inputs, before);
  if (resumed && resumed.secrets.length > 0) {
    await call.change((draft, locked) => {
      widenInputs(draft, locked, { secrets: resumed.secrets, inputs: {} });
    });
  }
  return resumed;
}
