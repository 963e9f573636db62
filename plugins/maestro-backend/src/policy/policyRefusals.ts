import {
  type PipelineDefinition,
  type PipelineProblem,
  type Policy,
  policyProblem,
} from '@maestro/plugin-maestro-common';
import { ownerOf, systemOf } from '../engine/Limits';

/**
 * What a policy has against a pipeline, one problem a task. The default
 * executor is not known where pipelines are read, and is judged at the claim.
 *
 * @param file - place for people
 */
export function policyRefusals(
  policy: Policy,
  definition: PipelineDefinition,
  file: string,
): PipelineProblem[] {
  const who = { owner: ownerOf(definition), system: systemOf(definition) };
  const own = definition.tasks.filter(task => !task.finally).length;
  const problems: PipelineProblem[] = [];
  for (const task of definition.tasks) {
    const problem = policyProblem(policy, definition, task, who);
    if (!problem) continue;
    const place = task.finally
      ? `spec.finally[${task.no - own}]`
      : `spec.tasks[${task.no}]`;
    // Nothing of the task is to blame when no rule names the pipeline.
    if (problem.path.length === 0) {
      return [{ path: 'spec.owner', message: problem.message, file }];
    }
    problems.push({
      path: [place, ...problem.path].join('.'),
      message: problem.message,
      file,
    });
  }
  return problems;
}
