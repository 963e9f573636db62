/**
 * Groups of tasks that are retried as one. A group is a small run of its own:
 * it is over when all its tasks are, its leaves say how, and what lies outside
 * sees no end of any of its tasks before that.
 *
 * | its tasks                                  | group          | seen from outside | what follows                       |
 * | ------------------------------------------ | -------------- | ----------------- | ---------------------------------- |
 * | one is not over                            | `running`      | not over          | they go on by their own rules      |
 * | all over, its leaves are well              | `success`      | as they are       | what depends on them               |
 * | all over, one failed, retries left         | `up_for_retry` | not over          | after the delay all are cleared    |
 * | all over, one failed, no retries left      | `failed`       | as they are       | what depends on them               |
 * | all over, none failed itself (from above)  | `failed`       | as they are       | a retry could change nothing       |
 *
 * @packageDocumentation
 */
import type {
  GroupDefinition,
  PipelineDefinition,
} from '../pipeline/definition';
import { leafOutcome } from './leaves';
import type { ChildCounts } from './mapping';
import type { SeenStates } from './readiness';
import { isFinalTaskState, type TaskState } from '../pipeline/states';

/** @public */
export type GroupState = 'running' | 'success' | 'up_for_retry' | 'failed';

/**
 * Retries that groups have used, by group number; a group without an entry has
 * used none. `given_up`: none is retried any more, the run is being cancelled.
 *
 * @public
 */
export type GroupRetries = ReadonlyMap<number, number> | 'given_up';

interface GroupIndex {
  /** By group: all its tasks, those of groups in it too. */
  members: ReadonlyArray<ReadonlySet<number>>;
  /** By group: the groups with retries in it, over any distance. */
  inner: ReadonlyArray<readonly number[]>;
  /** By task: the groups with retries that it is in, innermost first. */
  retried: ReadonlyMap<number, readonly number[]>;
}

// A definition never changes after it was made.
const known = new WeakMap<PipelineDefinition, GroupIndex>();

function indexOf(definition: PipelineDefinition): GroupIndex {
  const cached = known.get(definition);
  if (cached) return cached;
  const groups = definition.groups ?? [];
  const members = groups.map(() => new Set<number>());
  const retried = new Map<number, number[]>();
  for (const task of definition.tasks) {
    const around = groupsAround(groups, task.group);
    around.forEach(group => members[group].add(task.no));
    const own = around.filter(group => groups[group].retries > 0);
    if (own.length > 0) retried.set(task.no, own);
  }
  const inner = groups.map(({ no }) =>
    groups
      .filter(
        other =>
          other.no !== no &&
          other.retries > 0 &&
          groupsAround(groups, other.parent).includes(no),
      )
      .map(other => other.no),
  );
  const index = { members, inner, retried };
  known.set(definition, index);
  return index;
}

/** A group and those that it is in, innermost first. @internal */
export function groupsAround(
  groups: readonly GroupDefinition[],
  group: number | undefined,
): number[] {
  const around: number[] = [];
  for (
    let no = group;
    no !== undefined && !around.includes(no);
    no = groups[no].parent
  ) {
    around.push(no);
  }
  return around;
}

/**
 * Numbers of all tasks of a group, those of groups in it too.
 *
 * @public
 */
export function groupMembers(
  definition: PipelineDefinition,
  group: number,
): ReadonlySet<number> {
  return indexOf(definition).members[group];
}

/**
 * Groups with retries, each after those that are in it.
 *
 * @public
 */
export function retriedGroups(
  definition: PipelineDefinition,
): readonly GroupDefinition[] {
  const groups = definition.groups ?? [];
  const { inner } = indexOf(definition);
  return groups
    .filter(group => group.retries > 0)
    .sort((a, b) => inner[a.no].length - inner[b.no].length);
}

/**
 * Groups with retries that are in another one, over any distance.
 *
 * @public
 */
export function innerGroups(
  definition: PipelineDefinition,
  group: number,
): readonly number[] {
  return indexOf(definition).inner[group];
}

/** Groups with retries that a task is in, innermost first. @internal */
export function retriedGroupsOf(
  definition: PipelineDefinition,
  no: number,
): readonly number[] {
  return indexOf(definition).retried.get(no) ?? [];
}

/**
 * What a group is, by the table above.
 *
 * @public
 */
export function groupState(
  definition: PipelineDefinition,
  group: number,
  stateOf: (no: number) => TaskState,
  retries: GroupRetries = new Map(),
): GroupState {
  const { members, inner } = indexOf(definition);
  for (const no of members[group]) {
    if (!isFinalTaskState(stateOf(no))) return 'running';
  }
  const isInnerWaiting = inner[group].some(
    no => groupState(definition, no, stateOf, retries) === 'up_for_retry',
  );
  if (isInnerWaiting) return 'running';
  const { badLeaves, failed } = leafOutcome(
    definition,
    members[group],
    stateOf,
  );
  if (badLeaves.length === 0) return 'success';
  const allowed = definition.groups![group].retries;
  const mayRetry =
    retries !== 'given_up' && (retries.get(group) ?? 0) < allowed;
  return mayRetry && failed.length > 0 ? 'up_for_retry' : 'failed';
}

/**
 * How tasks look from where another one stands: a task of a group that is not
 * over is not over either.
 *
 * @internal
 */
export class GroupViews {
  private readonly over = new Map<number, boolean>();

  constructor(
    private readonly definition: PipelineDefinition,
    private readonly stateOf: (no: number) => TaskState,
    private readonly retries: GroupRetries | undefined,
  ) {}

  /** States, and counts of instances, as the given task sees them. */
  seenBy(viewer: number, children?: ChildCounts): SeenStates {
    const isHidden = (no: number) =>
      retriedGroupsOf(this.definition, no).some(
        group =>
          !groupMembers(this.definition, group).has(viewer) &&
          !this.isOver(group),
      );
    return {
      stateOf: no => {
        const state = this.stateOf(no);
        return isFinalTaskState(state) && isHidden(no) ? 'up_for_retry' : state;
      },
      instancesOf: no => {
        const counts = children?.get(no);
        return counts && !isHidden(no) ? counts : undefined;
      },
    };
  }

  isOver(group: number): boolean {
    let over = this.over.get(group);
    if (over === undefined) {
      const state = groupState(
        this.definition,
        group,
        this.stateOf,
        this.retries,
      );
      over = state === 'success' || state === 'failed';
      this.over.set(group, over);
    }
    return over;
  }

  /** A task was planned: its groups are not over before their end is seen. */
  planned(no: number): void {
    retriedGroupsOf(this.definition, no).forEach(group =>
      this.over.set(group, false),
    );
  }

  /** When no task of it is planned any more: whether it is over now. */
  seeEnd(group: number): boolean {
    this.over.delete(group);
    return this.isOver(group);
  }

  /** Whether one waits to be run again. */
  someWaits(): boolean {
    return retriedGroups(this.definition).some(
      ({ no }) =>
        groupState(this.definition, no, this.stateOf, this.retries) ===
        'up_for_retry',
    );
  }
}
