import { InputError } from '@backstage/errors';
import {
  policyProblem,
  type TaskDefinition,
} from '@maestro/plugin-maestro-common';
import { ownerOf, systemOf } from './Limits';
import type { RunDraft } from './RunDraft';

/**
 * Asks the policy once more when a task begins, because it may have changed
 * since the version was made.
 *
 * @param isFilledIn - whether its expressions have been replaced
 * @throws InputError that names the rule
 */
export function assertAllowed(
  draft: RunDraft,
  task: TaskDefinition,
  isFilledIn = false,
): void {
  const { ctx, definition } = draft;
  const problem =
    ctx.policy &&
    policyProblem(ctx.policy, definition, task, {
      owner: ownerOf(definition),
      system: systemOf(definition),
      defaultExecutor: ctx.defaultExecutor,
      isFilledIn,
    });
  if (problem) throw new InputError(problem.message);
}
