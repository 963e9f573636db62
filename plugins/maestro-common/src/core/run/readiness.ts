import type {
  PipelineDefinition,
  TaskDefinition,
} from '../pipeline/definition';
import { addInstances, instancesIn, type StateCounts } from './mapping';
import { indirectSetups } from './setupTeardown';
import type { TaskState } from '../pipeline/states';
import {
  countUpstream,
  emptyUpstreamCounts,
  evaluateTriggerRule,
  type TriggerVerdict,
  type UpstreamCounts,
} from '../pipeline/triggerRules';

/** What a task sees of the tasks above it. @internal */
export interface SeenStates {
  stateOf(no: number): TaskState;
  /** Of a mapped task, its instances by state. */
  instancesOf(no: number): Readonly<StateCounts> | undefined;
}

/** What is said about a task that has not been anything yet. @internal */
export interface Readiness {
  verdict: TriggerVerdict;
  counts: UpstreamCounts;
  /** Setups further above that decided it, where the trigger rule did not. */
  setups?: number[];
}

/** Its trigger rule and the setups that it works with. @internal */
export function readiness(
  definition: PipelineDefinition,
  task: TaskDefinition,
  seen: SeenStates,
): Readiness {
  const counts = countUpstreams(definition, task, seen);
  if (!task.teardown) {
    const { verdict, setups } = indirectSetups(definition, task, seen.stateOf);
    if (verdict !== 'run') return { verdict, counts, setups };
  }
  return { verdict: evaluateTriggerRule(task.triggerRule, counts), counts };
}

/** The direct upstreams of a task by state, each instance of a mapped one. */
function countUpstreams(
  { tasks }: PipelineDefinition,
  task: TaskDefinition,
  seen: SeenStates,
): UpstreamCounts {
  const counts = emptyUpstreamCounts(0);
  for (const no of task.upstream) {
    const instances = seen.instancesOf(no);
    const state = seen.stateOf(no);
    if (instances && instancesIn(instances) > 0) {
      addInstances(counts, instances);
    } else {
      counts.total += 1;
      countUpstream(counts, state);
    }
    if (!tasks[no].setup) continue;
    // A mapped setup counts as one: it has set up what all its instances have.
    counts.setup ??= { total: 0, success: 0, skipped: 0 };
    counts.setup.total++;
    if (state === 'success') counts.setup.success++;
    if (state === 'skipped') counts.setup.skipped++;
  }
  return counts;
}
