import { InputError, NotAllowedError } from '@backstage/errors';
import { resolveParams } from '@maestro/plugin-maestro-common';

/** What a person decides. */
export interface ApprovalDecision {
  decision: 'approve' | 'reject';
  /** What was filled in, checked against the task's schema. */
  input: Record<string, unknown>;
  /** When the question began that is decided, epoch milliseconds, if known. */
  since?: number;
}

/** Who decides. */
export interface Decider {
  /** Entity reference of the user, or `service:<subject>`. */
  actor: string;
  /** What the user is or belongs to. */
  ownership: readonly string[];
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

/** @throws NotAllowedError for somebody who is no approver */
export function refuseStrangers(
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

/** @throws InputError with `problems` for a wrong input */
export function checkInput(
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
