/**
 * What happens next in a run: which tasks become ready, which never will, what
 * a branch decides and when the run is over. Pure functions of the definition
 * and the states; the engine, the dry run and the tests call the same code.
 *
 * @packageDocumentation
 */
import { InputError } from '@backstage/errors';
import type {
  PipelineDefinition,
  TaskDefinition,
} from '../pipeline/definition';
import { finallyTasks, isMainOver, mainOutcome } from './finally';
import { reachable } from './graph';
import {
  groupMembers,
  GroupViews,
  retriedGroupsOf,
  type GroupRetries,
} from './groups';
import { leafOutcome } from './leaves';
import { type ChildCounts, type ChildSlots, instancesIn } from './mapping';
import {
  hasInstances,
  listReadiness,
  mappedGroupOf,
  mappedGroups,
  mappedGroupsBelow,
  seenByInstance,
} from './mappedGroups';
import { planOrder, type PlanOrder } from './planOrder';
import { RankQueue } from './rankQueue';
import { readiness, type Readiness, type SeenStates } from './readiness';
import { tasksOfSetup } from './setupTeardown';
import type { TaskState } from '../pipeline/states';
import { isFinalTaskState } from '../pipeline/states';
import type { TriggerVerdict } from '../pipeline/triggerRules';

const NOT_FOLLOWED = 'a branch did not follow it';

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

/** One of an instance of a task in a mapped group. @public */
export interface InstanceChange extends TaskChange {
  index: number;
  slot: number;
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
  /** Retries that groups have used; see `groupState`. Default none. */
  groupRetries?: GroupRetries;
  /**
   * Mapped groups of which instances of an earlier list are still ended: their
   * list is not made anew before.
   */
  leavingGroups?: ReadonlySet<number>;
  /**
   * Tasks that the run before this one holds back (`dependsOnPast`): they wait
   * where they would become ready.
   */
  heldByPast?: ReadonlySet<number>;
  /** The run has failed, however its tasks ended: its time is over. */
  hasFailed?: boolean;
}

/**
 * Walks the steps of {@link planOrder} that something may have changed for.
 * What ends as one, a group with retries and all that is before `finally`, is
 * a step of its own, so its end is seen once and never too early.
 */
class Planner {
  private readonly planned = new Map<number, TaskChange['to']>();
  private readonly changes: TaskChange[] = [];
  private readonly views: GroupViews;
  private readonly order: PlanOrder;
  private readonly queue: RankQueue;
  private isMainOver = false;

  constructor(
    private readonly definition: PipelineDefinition,
    private readonly states: readonly TaskState[],
    private readonly options: PlanOptions,
  ) {
    this.views = new GroupViews(definition, this.stateOf, options.groupRetries);
    this.order = planOrder(definition);
    this.queue = new RankQueue(this.order.rank);
  }

  plan(): TaskChange[] {
    const { tasks } = this.definition;
    this.begin();
    for (
      let step = this.queue.take();
      step !== undefined;
      step = this.queue.take()
    ) {
      if (step < tasks.length) this.look(step);
      else if (step === this.order.mainEnd) this.endMain();
      else this.endGroup(step - tasks.length);
    }
    return this.changes;
  }

  private readonly stateOf = (no: number): TaskState =>
    this.planned.get(no) ?? this.states[no];

  private begin(): void {
    const { tasks } = this.definition;
    const { changed, branchSkipped } = this.options;
    this.queue.add(this.order.mainEnd);
    if (!changed) {
      tasks.forEach(task => this.queue.add(task.no));
      return;
    }
    for (const no of changed) {
      if (!tasks[no]) {
        throw new InputError(
          `Pipeline "${this.definition.name}" has no task number ${no}`,
        );
      }
      this.queue.add(no);
      this.follow(no);
    }
    branchSkipped?.forEach(no => this.queue.add(no));
  }

  /** What may go on because of a task that changed. */
  private follow(no: number): void {
    retriedGroupsOf(this.definition, no).forEach(group =>
      this.queue.add(this.definition.tasks.length + group),
    );
    this.lookBelow([no]);
  }

  private lookBelow(nos: Iterable<number>): void {
    const { definition, queue } = this;
    const mapped = new Set<number>();
    for (const no of nos) {
      definition.tasks[no].downstream.forEach(next => queue.add(next));
      tasksOfSetup(definition, no).forEach(next => queue.add(next));
      // A mapped group is ready as one, and its last old instance lets all go.
      const own = mappedGroupOf(definition, no);
      if (own !== undefined) mapped.add(own);
      mappedGroupsBelow(definition, no).forEach(group => mapped.add(group));
    }
    for (const group of mapped) {
      mappedGroups(definition)
        .get(group)!
        .forEach(member => queue.add(member));
    }
  }

  /** What is below any task of a group may go on when it is over. */
  private endGroup(group: number): void {
    if (!this.views.seeEnd(group)) return;
    this.lookBelow(groupMembers(this.definition, group));
  }

  /** The tasks of `finally` may, when all others and their retries are over. */
  private endMain(): void {
    const last = finallyTasks(this.definition);
    if (last.length === 0) return;
    this.isMainOver =
      isMainOver(this.definition, this.stateOf) && !this.views.someWaits();
    if (this.isMainOver) last.forEach(no => this.queue.add(no));
  }

  private look(no: number): void {
    if (this.stateOf(no) !== 'none') return;
    const { definition, options } = this;
    const task = definition.tasks[no];
    if (task.finally && !this.isMainOver) return;
    const group = mappedGroupOf(definition, no);
    if (group !== undefined) {
      // Its instances are planned one by one: `planInstances`.
      if (hasInstances(options.children, no)) return;
      if (options.leavingGroups?.has(group)) return;
    }
    const ready = options.branchSkipped?.has(no)
      ? undefined
      : this.readiness(task, group);
    const verdict = ready?.verdict ?? 'skipped';
    if (verdict === 'wait') return;
    const isHeld = group === undefined && options.heldByPast?.has(no);
    if (verdict === 'run' && isHeld) return;
    const uncalled = task.callback && this.uncalled(task.callback);
    const planned = verdict === 'run' ? 'scheduled' : verdict;
    const to = uncalled ? 'skipped' : planned;
    this.planned.set(no, to);
    this.views.planned(no);
    this.changes.push({
      no,
      from: 'none',
      to,
      reason:
        uncalled ?? (ready ? this.explain(task, group, ready) : NOT_FOLLOWED),
    });
    if (isFinalTaskState(to)) this.follow(no);
  }

  /** Why a callback is not called; undefined when it is. */
  private uncalled(
    wanted: NonNullable<TaskDefinition['callback']>,
  ): string | undefined {
    const { definition, options } = this;
    const { state } = options.hasFailed
      ? { state: 'failed' }
      : mainOutcome(
          definition,
          definition.tasks.map(({ no }) => this.stateOf(no)),
        );
    if (state === wanted) return undefined;
    return state === 'failed'
      ? 'it is called when the run succeeds, which failed'
      : 'it is called when the run fails, which succeeded';
  }

  /** Of a task, or of the list of the mapped group that it is in. */
  private readiness(task: TaskDefinition, group: number | undefined) {
    const { definition, options } = this;
    const seen = this.views.seenBy(task.no, options.children);
    return group === undefined
      ? readiness(definition, task, seen)
      : listReadiness(definition, group, seen);
  }

  private explain(
    task: TaskDefinition,
    group: number | undefined,
    ready: Readiness,
  ): string {
    const { definition, options } = this;
    if (group !== undefined) {
      return explainList(definition, group, ready.verdict, this.stateOf);
    }
    return explain(definition, task, ready, {
      stateOf: this.stateOf,
      instancesOf: above => options.children?.get(above),
    });
  }
}

/**
 * The tasks in state `none` that leave it: ready ones become `scheduled`,
 * others `skipped` or `upstream_failed`. What follows from these outcomes is
 * part of the same answer. Changes come in topological order, in which a group
 * with retries ends before all that is below it, so applying them one by one is
 * right too; none is named twice.
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
  assertStates(definition, states);
  return new Planner(definition, states, options).plan();
}

/**
 * What {@link planTasks} is for tasks, for the instances of a mapped group:
 * those in state `none` that leave it, with what follows from it at the same
 * map index. What follows for tasks outside is not part of the answer.
 *
 * @param states - by slot
 * @param of - `indices`: only these; without it all of them
 * @public
 */
export function planInstances(
  definition: PipelineDefinition,
  states: readonly TaskState[],
  of: { group: number; indices?: Iterable<number>; slots: ChildSlots },
  options: PlanOptions & {
    /** By map index: tasks that a branch in the group did not follow there. */
    skippedAt?: ReadonlyMap<number, ReadonlySet<number>>;
  } = {},
): InstanceChange[] {
  const { group, slots } = of;
  const members = mappedGroups(definition).get(group)!;
  const length = Math.max(0, ...members.map(no => slots.get(no)?.length ?? 0));
  const views = new GroupViews(
    definition,
    no => states[no],
    options.groupRetries,
  );
  const outside = new Map(
    members.map(no => [no, views.seenBy(no, options.children)]),
  );
  const changes: InstanceChange[] = [];
  for (const index of of.indices ?? Array(length).keys()) {
    const planned = new Map<number, TaskState>();
    for (const no of members) {
      const slot = slots.get(no)?.[index];
      if (slot === undefined || states[slot] !== 'none') continue;
      const task = definition.tasks[no];
      const isSkipped =
        options.branchSkipped?.has(no) ||
        options.skippedAt?.get(index)?.has(no);
      const seen = seenByInstance(
        definition,
        { group, index },
        { states, slots, outside: outside.get(no)!, planned },
      );
      const ready = isSkipped ? undefined : readiness(definition, task, seen);
      const verdict = ready?.verdict ?? 'skipped';
      if (verdict === 'wait') continue;
      if (verdict === 'run' && options.heldByPast?.has(no)) continue;
      const to = verdict === 'run' ? 'scheduled' : verdict;
      planned.set(slot, to);
      changes.push({
        no,
        index,
        slot,
        from: 'none',
        to,
        reason: ready ? explain(definition, task, ready, seen) : NOT_FOLLOWED,
      });
    }
  }
  return changes;
}

function explainList(
  definition: PipelineDefinition,
  group: number,
  verdict: TriggerVerdict,
  stateOf: (no: number) => TaskState,
): string {
  const { id, map } = definition.groups![group];
  if (verdict === 'run') return `the list of group ${id} can be made`;
  const wanted: TaskState[] =
    verdict === 'skipped' ? ['skipped'] : ['failed', 'upstream_failed'];
  const names = map!.from
    .filter(no => wanted.includes(stateOf(no)))
    .slice(0, 3)
    .map(no => `${definition.tasks[no].id} ${stateOf(no)}`);
  return `there is no list for group ${id}: ${names.join(', ')}`;
}

function explain(
  definition: PipelineDefinition,
  task: TaskDefinition,
  { verdict, counts, setups }: Readiness,
  seen: SeenStates,
): string {
  if (setups) {
    const names = setups
      .slice(0, 3)
      .map(no => `${definition.tasks[no].id} ${seen.stateOf(no)}`);
    return `what it works with was not set up: ${names.join(', ')}`;
  }
  if (counts.total === 0) {
    return task.finally
      ? 'everything before it is over'
      : 'it depends on no task';
  }
  if (verdict === 'run') {
    return `trigger rule ${task.triggerRule} holds`;
  }
  const names = deciders(definition, task, verdict, seen);
  const because = names.length > 0 ? `: ${names.join(', ')}` : '';
  return `trigger rule ${task.triggerRule} cannot hold${because}`;
}

/** The upstreams that decided against a task, and how many instances of them. */
function deciders(
  definition: PipelineDefinition,
  task: TaskDefinition,
  verdict: TriggerVerdict,
  { stateOf, instancesOf }: SeenStates,
): string[] {
  const wanted: TaskState[] =
    verdict === 'upstream_failed'
      ? ['failed', 'upstream_failed']
      : ['skipped', 'success'];
  const names: string[] = [];
  for (const no of task.upstream) {
    const instances = instancesOf(no);
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
  return names;
}

/**
 * What a branch decides: which of its direct downstream tasks are followed and
 * which are skipped.
 *
 * All that the outcome does not name is skipped, with one exception, which is
 * Airflow's: a task that also lies below a followed one is followed, so that
 * in `branch → a → join`, `branch → join` the join waits for `a`. A teardown is
 * never skipped by a branch: what was set up is taken down.
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
  const isFollowed = (next: number) =>
    named.has(next) ||
    below.has(next) ||
    definition.tasks[next].teardown !== undefined;
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
 * gives a successful run; a teardown is looked through, unless its failure is
 * to fail the run. Tasks of `finally` are leaves as all others are, and
 * callbacks are not: the run waits for their end, not for how they end.
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
  options: Pick<
    PlanOptions,
    'branchSkipped' | 'children' | 'groupRetries' | 'heldByPast' | 'hasFailed'
  > = {},
): RunDecision {
  assertStates(definition, states);
  const { tasks } = definition;
  const stateOf = (no: number) => states[no];
  const waiting: number[] = [];
  for (let no = 0; no < tasks.length; no++) {
    if (states[no] === 'none') {
      waiting.push(no);
    } else if (!isFinalTaskState(states[no])) {
      return { state: 'running' };
    }
  }
  const views = new GroupViews(definition, stateOf, options.groupRetries);
  if (views.someWaits()) return { state: 'running' };
  const ids = (nos: Iterable<number>) => [...nos].map(no => tasks[no].id);
  if (waiting.length > 0) {
    const isHeld = waiting.some(no => options.heldByPast?.has(no));
    return isHeld || planTasks(definition, states, options).length > 0
      ? { state: 'running' }
      : {
          state: 'failed',
          failedTasks: ids(waiting.filter(no => !tasks[no].callback)),
        };
  }
  const all = new Set(
    tasks.filter(task => !task.callback).map(task => task.no),
  );
  const { badLeaves, failed } = leafOutcome(definition, all, stateOf);
  if (badLeaves.length === 0) {
    return { state: 'success' };
  }
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
