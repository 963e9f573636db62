import { num } from '../../database/conversion';
import type { Violate } from './checkInvariants';
import type { Facts } from './Facts';

/**
 * Never more running runs of a pipeline than it allows; those of backfills have
 * limits of their own.
 */
export function checkActiveRuns(facts: Facts, violate: Violate): void {
  const runs = new Map(facts.runs.map(run => [num(run.id), run]));
  const active = new Map<number, Set<number>>();
  for (const event of facts.events) {
    const run = runs.get(num(event.run_id))!;
    if (run.backfill_id !== null) continue;
    const pipelineId = num(run.pipeline_id);
    const running = active.get(pipelineId) ?? new Set();
    active.set(pipelineId, running);
    if (event.type === 'run_finished') running.delete(num(run.id));
    if (event.type !== 'run_started') continue;
    running.add(num(run.id));
    const { maxActiveRuns, name } = facts.definitionOf(num(run.version_id));
    if (running.size > maxActiveRuns) {
      violate(
        'limits are never exceeded',
        `${running.size} runs of ${name} are active, it allows ${maxActiveRuns}`,
      );
    }
  }
}
