import type { TriggerOutcome } from '@maestro/plugin-maestro-node';
import { findWait, type WaitKey } from '../../database/operations/waits/waits';
import type { AttemptRow, WaitRow } from '../../database/tables';
import { type DeferralArguments, RESCHEDULED_START } from '../declaredOutcome';
import { maskText } from '../maskText';
import { outputKeyProblem } from '../outputKeyProblem';
import type { RunDraft } from '../RunDraft';
import type { TaskInputSource } from '../types';
import { endWait } from '../waits/endWait';
import { failDeferred } from './defer';
import { type DeferralEnd, deferralEnded, shownEvent } from './deferralRecord';

/** Airflow's name for a method that only fails. */
const FAIL_METHOD = '__fail__';

/** How the next attempt of a try begins; sealed in `attempts.resume`. */
export interface ResumedTask {
  method: string;
  /** As the task SDK serializes them. */
  kwargs: Record<string, unknown>;
  /** What nothing of it may show: the trigger may have handed it on. */
  secrets: string[];
}

/** Which deferral, of which task. */
export interface Deferral extends WaitKey {
  waitId: string;
}

/**
 * Applies what became of a trigger, if its task still waits for it: of several
 * that ran it, the first one resumes the task and nobody else.
 *
 * @param secrets - what its trigger alone knew, such as its token
 */
export async function applyTrigger(
  draft: RunDraft,
  deferral: Deferral,
  outcome: TriggerOutcome,
  secrets: readonly string[] = [],
): Promise<void> {
  const { ctx, tx } = draft;
  const slot = draft.findSlot(deferral.taskNo, deferral.mapIndex);
  const wait = await findWait(ctx.db, tx, deferral);
  if (slot === undefined || wait?.wait_id !== deferral.waitId) return;
  if (draft.states[slot] !== 'deferred') return;
  const attempt = (await draft.attempt(wait.attempt_id!))!;
  // Where resuming fails when its key is gone: a trigger that nothing can be
  // made of would be taken in again for ever.
  const hidden = ({ secrets: before = [] }: DeferralArguments) => [
    ...new Set([...before, ...masksOf(draft, attempt), ...secrets]),
  ];
  let masks: string[];
  const problem =
    outcome.is === 'ended' ? outputKeyProblem(outcome.xcoms) : undefined;
  switch (outcome.is) {
    case 'event':
      await resume(
        draft,
        slot,
        wait,
        kwargs => ({
          method: wait.next_method!,
          kwargs: { ...kwargs.next, event: outcome.payload },
          secrets: hidden(kwargs),
        }),
        known => ({
          end: 'event',
          detail: shownEvent(outcome.payload, known),
        }),
      );
      return;
    case 'failed':
      await resume(
        draft,
        slot,
        wait,
        kwargs => ({
          method: FAIL_METHOD,
          kwargs: {
            ...kwargs.next,
            error: 'Trigger failure',
            traceback: outcome.traceback,
          },
          secrets: hidden(kwargs),
        }),
        known => ({
          end: 'trigger_failed',
          detail: maskText(lastLine(outcome.traceback), known),
        }),
      );
      return;
    default:
      if (outcome.state === 'failed') {
        await failDeferred(
          draft,
          slot,
          attempt,
          'its trigger said that it failed',
          'exit_code',
          'trigger_ended',
        );
        return;
      }
      if (problem !== undefined) {
        // An error here would leave it waiting for ever.
        await failDeferred(
          draft,
          slot,
          attempt,
          `Its outputs cannot be stored: ${problem}`,
          'outputs',
          'trigger_ended',
        );
        return;
      }
      try {
        masks = hidden(argumentsOf(draft, wait));
      } catch (error) {
        if ((error as Error).name !== 'InputError') throw error;
        await failDeferred(draft, slot, attempt, (error as Error).message);
        return;
      }
      draft.updateAttempt(
        attempt,
        deferralEnded(draft, attempt, {
          end: 'trigger_ended',
          detail: `it said ${outcome.state}`,
        }),
      );
      await endWait(draft, slot, attempt.attempt_id, {
        outputs: outcome.xcoms,
        secrets: masks,
        state: outcome.state,
        reason: `its trigger said ${outcome.state}`,
      });
  }
}

/** Its time is over: the task goes on and fails, as with Airflow. */
export async function failToWait(
  draft: RunDraft,
  slot: number,
  wait: WaitRow,
): Promise<void> {
  const attempt = (await draft.attempt(wait.attempt_id!))!;
  await resume(
    draft,
    slot,
    wait,
    ({ secrets = [] }) => ({
      method: FAIL_METHOD,
      kwargs: { error: 'Trigger timeout' },
      secrets: [...new Set([...secrets, ...masksOf(draft, attempt)])],
    }),
    () => ({ end: 'timeout' }),
  );
}

/**
 * Another attempt of the same try goes on with a method of the operator.
 *
 * @param why - what is kept of it for people, who must not see the secrets
 */
export async function resume(
  draft: RunDraft,
  slot: number,
  wait: WaitRow,
  how: (kwargs: DeferralArguments) => ResumedTask,
  why: (secrets: readonly string[]) => DeferralEnd,
): Promise<void> {
  const { inputs } = draft.ctx;
  const attempt = (await draft.attempt(wait.attempt_id!))!;
  const { attempt_id: id } = attempt;
  try {
    const resumed = how(argumentsOf(draft, wait));
    draft.updateAttempt(attempt, {
      ...deferralEnded(draft, attempt, why(resumed.secrets)),
      resume: inputs.seal(
        { table: 'attempts', id, field: 'resume' },
        JSON.stringify(resumed),
      ),
    });
  } catch (error) {
    if ((error as Error).name !== 'InputError') throw error;
    await failDeferred(draft, slot, attempt, (error as Error).message);
    return;
  }
  draft.setTask(slot, 'scheduled', {
    reason: null,
    ready_at: draft.now,
    next_try_at: null,
  });
}

/**
 * How an attempt goes on after a trigger; undefined for one that begins.
 *
 * @param before - the attempts of the same try before it, newest first
 * @throws InputError when the key of what was sealed is not there any more
 */
export function resumedBy(
  inputs: Pick<TaskInputSource, 'open'>,
  before: ReadonlyArray<
    Pick<AttemptRow, 'attempt_id' | 'follow_up' | 'resume'>
  >,
): ResumedTask | undefined {
  // One that was lost after a trigger had fired begins as that one did.
  const last = before.find(({ follow_up: text }) =>
    text?.startsWith(RESCHEDULED_START),
  );
  if (!last || last.resume === null) return undefined;
  const place = {
    table: 'attempts',
    id: last.attempt_id,
    field: 'resume',
  } as const;
  return JSON.parse(inputs.open(place, last.resume)) as ResumedTask;
}

/** @throws InputError when the key of what was sealed is not there any more */
function argumentsOf(draft: RunDraft, wait: WaitRow): DeferralArguments {
  const place = {
    table: 'waits',
    id: wait.wait_id!,
    field: 'next_kwargs',
  } as const;
  return JSON.parse(draft.ctx.inputs.open(place, wait.next_kwargs!));
}

function masksOf(draft: RunDraft, { attempt_id: id, masks }: AttemptRow) {
  return masks === null ? [] : draft.ctx.inputs.openMasks(id, masks);
}

/** Of a traceback: what was raised. */
function lastLine(traceback: readonly string[]): string {
  return (
    traceback
      .join('')
      .split('\n')
      .findLast(line => line.trim() !== '') ?? ''
  );
}
