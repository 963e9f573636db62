/**
 * What happens next in a run: which tasks become ready, which never will, what
 * a branch decides and when the run is over. Pure functions of the definition
 * and the states; the engine, the dry run and the tests call the same code.
 *
 * @packageDocumentation
 */
import { InputError } from '@backstage/errors';
import type { PipelineDefinition, TaskDefinition } from './definition';
import { reachable, topologicalRank } from './graph';
import { addInstances, type ChildCounts, instancesIn } from './mapping';
import { RankQueue } from './rankQueue';
import type { TaskState } from './states';
import { isFinalTaskState } from './states';
import {
  countUpstream,
  emptyUpstreamCounts,
  evaluateTriggerRule,
  type TriggerVerdict,
  type UpstreamCounts,
} from './triggerRules';

/**
 * One change of state that the core asks for.
 *
 * @public
 */
export interface TaskChange {
  no: number;
  from: TaskState;
  to: 'scheduled' | 'skipped' | 'upstream_failed';
  /** For people: why, with the names of the tasks that decided. */
  reason: string;
}

/** @public */
export interface PlanOptions {
  /**
   * Numbers of the tasks whose state changed since the last plan. Only they
   * and their direct downstream tasks are looked at. Without it all tasks are:
   * the full answer, for a new run, the reconciler and the tests.
   */
  changed?: readonly number[];
  /**
   * Tasks that a branch did not follow (`branchDecision`): they are skipped
   * whatever their trigger rule says, as in Airflow.
   */
  branchSkipped?: ReadonlySet<number>;
  /**
   * Instances of mapped tasks, by task number. Without it, and where a task has
   * none, a mapped task counts as one task in its own state.
   */
  children?: ChildCounts;
}

/**
 * The tasks in state `none` that leave it: ready ones become `scheduled`,
 * others `skipped` or `upstream_failed`. What follows from these outcomes is
 * part of the same answer. Changes come in topological order, so applying
 * them one by one is right too; none is named twice.
 *
 * Provided every earlier change was planned as well, the answer for `changed`
 * is that for all tasks.
 *
 * @param states - by task number, not modified; what stands behind the last
 * task (instances of mapped ones) is not looked at
 * @throws InputError when `states` does not have one state per task
 * @public
 */
export function planTasks(
  definition: PipelineDefinition,
  states: readonly TaskState[],
  options: PlanOptions = {},
): TaskChange[] {
  const { tasks } = definition;
  assertStates(definition, states);
  const { branchSkipped, children } = options;
  const queue = new RankQueue(topologicalRank(definition));
  if (options.changed) {
    for (const no of options.changed) {
      if (!tasks[no]) {
        throw new InputError(
          `Pipeline "${definition.name}" has no task number ${no}`,
        );
      }
      queue.add(no);
      tasks[no].downstream.forEach(next => queue.add(next));
    }
    branchSkipped?.forEach(no => queue.add(no));
  } else {
    tasks.forEach(task => queue.add(task.no));
  }

  const planned = new Map<number, TaskChange['to']>();
  const stateOf = (no: number): TaskState => planned.get(no) ?? states[no];
  const changes: TaskChange[] = [];
  for (let no = queue.take(); no !== undefined; no = queue.take()) {
    if (states[no] !== 'none') {
      continue;
    }
    const task = tasks[no];
    const skippedByBranch = branchSkipped?.has(no);
    const counts = skippedByBranch
      ? undefined
      : countUpstreams(task, stateOf, children);
    const verdict = counts
      ? evaluateTriggerRule(task.triggerRule, counts)
      : 'skipped';
    if (verdict === 'wait') {
      continue;
    }
    const to = verdict === 'run' ? 'scheduled' : verdict;
    planned.set(no, to);
    changes.push({
      no,
      from: 'none',
      to,
      reason: counts
        ? explain(definition, task, verdict, { counts, stateOf, children })
        : 'a branch did not follow it',
    });
    if (isFinalTaskState(to)) {
      task.downstream.forEach(next => queue.add(next));
    }
  }
  return changes;
}

function countUpstreams(
  task: TaskDefinition,
  stateOf: (no: number) => TaskState,
  children: ChildCounts | undefined,
): UpstreamCounts {
  const counts = emptyUpstreamCounts(0);
  for (const no of task.upstream) {
    const instances = children?.get(no);
    if (instances && instancesIn(instances) > 0) {
      addInstances(counts, instances);
    } else {
      counts.total += 1;
      countUpstream(counts, stateOf(no));
    }
  }
  return counts;
}

function explain(
  definition: PipelineDefinition,
  task: TaskDefinition,
  verdict: TriggerVerdict,
  seen: {
    counts: UpstreamCounts;
    stateOf(no: number): TaskState;
    children?: ChildCounts;
  },
): string {
  const { counts, stateOf, children } = seen;
  if (counts.total === 0) {
    return 'it depends on no task';
  }
  if (verdict === 'run') {
    return `trigger rule ${task.triggerRule} holds`;
  }
  const wanted: TaskState[] =
    verdict === 'upstream_failed'
      ? ['failed', 'upstream_failed']
      : ['skipped', 'success'];
  const names: string[] = [];
  for (const no of task.upstream) {
    const instances = children?.get(no);
    const total = instances ? instancesIn(instances) : 0;
    const states = total > 0 ? wanted : wanted.filter(s => s === stateOf(no));
    for (const state of states) {
      const share = total > 0 ? instances![state] : undefined;
      if (share === 0) continue;
      const some = share === undefined ? '' : `${share} of ${total} of `;
      names.push(`${some}${definition.tasks[no].id} ${state}`);
    }
    if (names.length >= 3) break;
  }
  const because = names.length > 0 ? `: ${names.join(', ')}` : '';
  return `trigger rule ${task.triggerRule} cannot hold${because}`;
}

/**
 * What a branch decides: which of its direct downstream tasks are followed and
 * which are skipped.
 *
 * All that the outcome does not name is skipped, with one exception, which is
 * Airflow's: a task that also lies below a followed one is followed, so that
 * in `branch → a → join`, `branch → join` the join waits for `a`.
 *
 * @throws InputError when the task is not a branch
 * @public
 */
export function branchDecision(
  definition: PipelineDefinition,
  no: number,
  followed: boolean,
): { followed: number[]; skipped: number[] } {
  const task = definition.tasks[no];
  if (!task?.branch) {
    throw new InputError(
      `Task "${task?.id ?? no}" of pipeline "${
        definition.name
      }" is not a branch`,
    );
  }
  const named = new Set(followed ? task.branch.then : task.branch.else);
  const direct = task.downstream.filter(next => !named.has(next));
  const below =
    direct.length > 0
      ? reachable(definition, [...named], 'downstream')
      : new Set<number>();
  const isFollowed = (next: number) => named.has(next) || below.has(next);
  return {
    followed: task.downstream.filter(isFollowed),
    skipped: task.downstream.filter(next => !isFollowed(next)),
  };
}

/** @public */
export type RunDecision =
  | { state: 'running' }
  | { state: 'success' }
  | { state: 'failed'; failedTasks: string[] };

/**
 * Whether a run is over, and how: as in Airflow the leaves decide, once no
 * task can still change. A failed task with a clean-up below it that succeeds
 * gives a successful run.
 *
 * A run in which nothing is live and no waiting task can ever start has failed
 * as well; it does not hang. `failedTasks` names the failed tasks behind the
 * failure, or the tasks that are stuck.
 *
 * @param states - by task number; what stands behind the last task is not
 * looked at: a mapped task is over when all its instances are
 * @public
 */
export function decideRunState(
  definition: PipelineDefinition,
  states: readonly TaskState[],
  options: Pick<PlanOptions, 'branchSkipped' | 'children'> = {},
): RunDecision {
  assertStates(definition, states);
  const { tasks } = definition;
  const waiting: number[] = [];
  for (let no = 0; no < tasks.length; no++) {
    if (states[no] === 'none') {
      waiting.push(no);
    } else if (!isFinalTaskState(states[no])) {
      return { state: 'running' };
    }
  }
  const ids = (nos: Iterable<number>) => [...nos].map(no => tasks[no].id);
  if (waiting.length > 0) {
    return planTasks(definition, states, options).length > 0
      ? { state: 'running' }
      : { state: 'failed', failedTasks: ids(waiting) };
  }
  const isBad = (no: number) =>
    states[no] === 'failed' || states[no] === 'upstream_failed';
  const badLeaves = tasks
    .filter(task => task.downstream.length === 0 && isBad(task.no))
    .map(task => task.no);
  if (badLeaves.length === 0) {
    return { state: 'success' };
  }
  const above = reachable(definition, badLeaves, 'upstream');
  badLeaves.forEach(no => above.add(no));
  const failed = [...above]
    .filter(no => states[no] === 'failed')
    .sort((a, b) => a - b);
  return {
    state: 'failed',
    failedTasks: ids(failed.length > 0 ? failed : badLeaves),
  };
}

function assertStates(
  definition: PipelineDefinition,
  states: readonly TaskState[],
): void {
  if (states.length < definition.tasks.length) {
    throw new InputError(
      `Pipeline "${definition.name}" has ${definition.tasks.length} tasks, got ${states.length} states`,
    );
  }
}
