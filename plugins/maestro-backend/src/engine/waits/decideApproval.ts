import { ConflictError, InputError, NotAllowedError } from '@backstage/errors';
import { resolveParams } from '@maestro/plugin-maestro-common';
import { findWait } from '../../database/operations/waits/waits';
import { followFailure } from '../followFailure';
import type { RunDraft } from '../RunDraft';
import { waitKey } from './dropWaits';
import { endWait, storeWaitOutputs } from './endWait';

/** What a person decides. */
export interface ApprovalDecision {
  decision: 'approve' | 'reject';
  /** What was filled in, checked against the task's schema. */
  input: Record<string, unknown>;
}

/** Who decides. */
export interface Decider {
  /** Entity reference of the user, or `service:<subject>`. */
  actor: string;
  /** What the user is or belongs to. */
  ownership: readonly string[];
}

/**
 * Decides what a task waits for, once: whoever comes second is told who was
 * first.
 *
 * @throws ConflictError when nothing waits for a decision
 * @throws NotAllowedError for somebody who is no approver
 * @throws InputError with `problems` for a wrong input
 */
export async function decideApproval(
  draft: RunDraft,
  no: number,
  { decision, input }: ApprovalDecision,
  decider: Decider,
): Promise<void> {
  const { ctx, tx, run } = draft;
  const task = draft.task(no);
  const { approve } = task;
  if (!approve) {
    throw new InputError(
      `Task "${task.id}" asks nobody; it is of kind "${task.kind}"`,
    );
  }
  const wait = await findWait(ctx.db, tx, waitKey(draft, no));
  const instance = draft.instance(no);
  if (!wait || instance.state !== 'deferred') {
    throw new ConflictError(
      `Task "${task.id}" of run ${run.run_id} waits for no decision: it is ${
        instance.state
      }${instance.reason ? ` (${instance.reason})` : ''}`,
    );
  }
  refuseStrangers(task.id, approve.approvers, decider);
  const values = decision === 'approve' ? checked(approve.input, input) : {};
  const { actor } = decider;
  const outputs = {
    approved: decision === 'approve',
    by: actor,
    at: new Date(draft.now).toISOString(),
    input: values,
  };
  draft.addEvent({
    type: 'approval',
    actor,
    body: { task: task.id, decision, input: values },
  });
  if (decision === 'approve') {
    await endWait(draft, no, wait.wait_id!, {
      outputs,
      reason: `approved by ${actor}`,
    });
    return;
  }
  await storeWaitOutputs(draft, no, wait.wait_id!, outputs);
  await followFailure(draft, no, {
    failure: 'rejected',
    message: `rejected by ${actor}`,
  });
}

/** Whether somebody is among the approvers. */
export function isApprover(
  approvers: readonly string[],
  { actor, ownership }: Decider,
): boolean {
  if (approvers.length === 0) return true;
  const own = new Set(
    [actor, ...ownership].map(ref => ref.toLocaleLowerCase('en-US')),
  );
  return approvers.some(ref => own.has(ref));
}

function refuseStrangers(
  taskId: string,
  approvers: readonly string[],
  decider: Decider,
): void {
  if (isApprover(approvers, decider)) return;
  throw new NotAllowedError(
    `Task "${taskId}" is decided by ${approvers.join(', ')}; ${
      decider.actor
    } is none of them`,
  );
}

function checked(
  schema: Record<string, unknown> | undefined,
  input: Record<string, unknown>,
): Record<string, unknown> {
  const resolved = resolveParams(schema, input);
  if (resolved.ok) return resolved.params;
  const problems = resolved.problems.map(({ path, message, ...rest }) => ({
    ...rest,
    // The same checker as for params, under another name.
    path: path.replace(/^params/, 'input'),
    message: message.replace('There is no param', 'There is no field'),
  }));
  throw Object.assign(
    new InputError(
      `The input is wrong: ${problems
        .map(problem => `${problem.path}: ${problem.message}`)
        .join('; ')}`,
    ),
    { problems },
  );
}
