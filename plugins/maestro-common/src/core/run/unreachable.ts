import type { PipelineDefinition } from '../pipeline/definition';
import { topologicalRank } from './graph';
import { branchDecision } from './plan';
import { RankQueue } from './rankQueue';
import {
  emptyUpstreamCounts,
  evaluateTriggerRule,
} from '../pipeline/triggerRules';

/**
 * Tasks that no run will ever start, ascending: both outcomes of a branch skip
 * them. The usual cases are a task that depends on a branch which names it in
 * neither list, and a join of both outcomes with the rule `all_success`.
 *
 * @public
 */
export function unreachableTasks(definition: PipelineDefinition): number[] {
  const dead = new Set<number>();
  for (const task of definition.tasks) {
    if (task.branch) {
      const otherwise = skippedBy(definition, task.no, false);
      for (const no of skippedBy(definition, task.no, true)) {
        if (otherwise.has(no)) {
          dead.add(no);
        }
      }
    }
  }
  return [...dead].sort((a, b) => a - b);
}

// What one outcome of one branch makes impossible, whatever else happens.
function skippedBy(
  definition: PipelineDefinition,
  branch: number,
  followed: boolean,
): Set<number> {
  const { tasks } = definition;
  const skipped = new Set(branchDecision(definition, branch, followed).skipped);
  const queue = new RankQueue(topologicalRank(definition));
  const enqueue = (no: number) =>
    tasks[no].downstream.forEach(d => queue.add(d));
  skipped.forEach(enqueue);
  for (let no = queue.take(); no !== undefined; no = queue.take()) {
    const { upstream, triggerRule, teardown } = tasks[no];
    // Whether it runs depends on its setups only.
    if (teardown && !teardown.of.every(up => skipped.has(up))) {
      continue;
    }
    const counts = emptyUpstreamCounts(upstream.length);
    counts.skipped = upstream.filter(up => skipped.has(up)).length;
    const others = counts.total - counts.skipped;
    const canRun = [
      { ...counts, success: others },
      { ...counts, failed: others },
    ].some(outcome => evaluateTriggerRule(triggerRule, outcome) === 'run');
    if (!canRun) {
      skipped.add(no);
      enqueue(no);
    }
  }
  return skipped;
}
