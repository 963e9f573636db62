import type { PipelineDefinition } from '../pipeline/definition';
import type { GroupRetries } from '../run/groups';
import type { RunCancel } from '../run/afterCancel';
import type { ChildCounts } from '../run/mapping';
import type { RunState, TaskState } from '../pipeline/states';
import type { WaitFacts } from '../run/waits';

/** Every cause that is named. @public */
export const WHY_CODES = [
  'finished',
  'run_finished',
  'running',
  'launching',
  'launch_refused',
  'run_queued',
  'run_cancelling',
  'pipeline_paused',
  'max_active_runs',
  'backfill_paused',
  'backfill_max_active',
  'same_due_time',
  'upstream_running',
  'upstream_failed',
  'upstream_skipped',
  'rule_not_met',
  'map_source',
  'waiting_for_retry',
  'waiting_for_event',
  'pool_full',
  'pool_absent',
  'map_full',
  'max_active_tasks',
  'max_active_task',
  'owner_limit',
  'waiting_for_past',
  'waiting_for_setup',
  'waiting_for_group',
  'group_up_for_retry',
  'waiting_for_end',
  'executor_away',
  'executor_absent',
  'newer_code_needed',
  'executor_slots_full',
  'queued_timeout',
  'scheduler_behind',
  'no_scheduler',
  'waiting_for_assets',
  'asset_cooldown',
  'asset_partition_refused',
  'next_due',
  'run_goes_on',
  'pause_between_runs',
  'jitter',
  'calendar',
  'gate_closed',
  'overlap_skipped',
  'not_scheduled',
] as const;

/** @public */
export type WhyCode = (typeof WHY_CODES)[number];

/** One link of the chain. @public */
export interface WhyCause {
  code: WhyCode;
  /** One sentence for people. */
  message: string;
  /** Epoch milliseconds since when it is so. */
  since?: number;
  /** Epoch milliseconds when it ends by itself: a retry, a due time, a limit. */
  until?: number;
  /** What is named in the message: tasks, runs, a pool, an executor. */
  names: string[];
  action?: WhyAction;
}

/** What a person can do about it. @public */
export interface WhyAction {
  label: string;
  kind:
    | 'open_task'
    | 'open_run'
    | 'open_asset'
    | 'open_pool'
    | 'open_status'
    | 'trigger'
    | 'unpause'
    | 'unpause_backfill'
    | 'clear'
    | 'open_log'
    | 'approve'
    | 'wait';
  target: string;
  /** The same in a terminal, where there is such a command. */
  command?: string;
}

/** Use of something that has a limit. @public */
export interface SlotUsage {
  name: string;
  used: number;
  slots: number;
  /** Who uses it: `pipeline/run/task`, for the message. */
  holders?: string[];
}

/**
 * The facts. Everything is optional that the asker does not know; what is not
 * known is not named as a cause.
 *
 * @public
 */
export interface WhyFacts {
  now: number;
  definition: PipelineDefinition;
  paused?: boolean;
  /** Since when its schedules are paused, epoch milliseconds. */
  pausedAt?: number;
  /** Who paused them. */
  pausedBy?: string;
  /** Absent when the question is about the pipeline without a run. */
  run?: {
    id: string;
    state: RunState;
    /** Why it failed, for a cancelled one. */
    reason?: string;
    queuedAt?: number;
    /**
     * It is being cancelled, or runs again what cleans up after that: since
     * when, and by whom.
     */
    cancelling?: RunCancel & { since: number };
  };
  /** Task number asked about; without it the question is about the run. */
  taskNo?: number;
  /** By task number. */
  states?: readonly TaskState[];
  /** Since when a task is in its state, by task number. */
  stateSince?: ReadonlyArray<number | undefined>;
  /** Of the try that failed, by task number: which one, and why. */
  failedTry?: ReadonlyArray<{ number: number; reason?: string } | undefined>;
  /** When the retry starts, by task number. */
  retryAt?: ReadonlyArray<number | undefined>;
  /** What a task that is being started waits for, by task number, as its executor says. */
  startsWhen?: ReadonlyArray<string | undefined>;
  /** What its executor does not take yet, by task number. */
  refused?: ReadonlyArray<RefusedLaunchFacts | undefined>;
  /** When a ready task that does not run fails, by task number. */
  failsAt?: ReadonlyArray<number | undefined>;
  /** What a deferred task waits for, by task number. */
  waits?: ReadonlyArray<WaitFacts | undefined>;
  /** Instances of mapped tasks by state, by task number. */
  children?: ChildCounts;
  /**
   * The question is about this instance of a mapped task; what stands at its
   * task number is then of the instance.
   */
  mapIndex?: number;
  /** Live instances of a mapped task in this run, against `parallel`. */
  mapSlots?: SlotUsage;
  /** Retries that the groups of the run have used, as for a plan. */
  groupRetries?: GroupRetries;
  /** When a group is run again, by group number. */
  groupRetryAt?: ReadonlyMap<number, number>;
  /** The run before, for tasks with `dependsOnPast`; absent without one. */
  past?: {
    runId: string;
    state: RunState;
    /** By task id; of a mapped task one for each instance. */
    states: ReadonlyMap<string, readonly TaskState[]>;
  };
  activeRuns?: SlotUsage;
  /** The backfill that the run belongs to: then it is what the run waits for. */
  backfill?: {
    id: string;
    paused: boolean;
    /** Who paused it. */
    by?: string;
    activeRuns: SlotUsage;
    /** Another run of the same due time that runs now. */
    rival?: string;
  };
  activeTasks?: SlotUsage;
  /** Of the task, over all runs or in its own. */
  activeOfTask?: SlotUsage;
  owner?: SlotUsage;
  /** The pool that the task names; `absent`: there is none of this name. */
  pool?: SlotUsage & { absent?: boolean };
  executor?: {
    name: string;
    healthy: boolean;
    /** Why it cannot launch now. */
    problem?: string;
    /** No active scheduler has it. */
    absent?: boolean;
    /** When it last reported. */
    lastSeenAt?: number;
    slots?: SlotUsage;
  };
  /** Nobody schedules: no process that does is alive. */
  noScheduler?: boolean;
  /** What of the definition the code that was asked does not know. */
  unknownNeeds?: readonly string[];
  /** When the schedule is due next. */
  nextDueAt?: number;
  /** Where a schedule stands whose runs follow each other. */
  continuous?: {
    scheduleId: string;
    /** The run that is not over, and since when there is it. */
    active?: { runId: string; since: number };
    /** The end of the last run. */
    ended?: { at: number; failed: boolean };
    /** When a run may start; absent when the end date is over. */
    nextAt?: number;
  };
  /** A due time that was reached, and whose run starts later, by its jitter. */
  jittered?: { scheduleId: string; dueAt: number; startsAt: number };
  /** The newest due time of a schedule, where it started no run. */
  skippedDue?: readonly SkippedDue[];
  /** Its schedules by asset events. */
  assetSchedules?: readonly AssetScheduleFacts[];
  /** When assets had their last event, by name. */
  lastAssetEvents?: Readonly<Record<string, number>>;
}

/** An attempt that its executor refused, and is asked to take again. @public */
export interface RefusedLaunchFacts {
  executor: string;
  /** In the words of what refused it. */
  message: string;
  /** Since when it waits. */
  since: number;
  /** When it is launched again. */
  againAt: number;
}

/** A due time that started no run, and why, as it was written down. @public */
export interface SkippedDue {
  scheduleId: string;
  dueAt: number;
  /** `overlap`, `when`, `when: <why it could not be told>`, … */
  reason: string;
}

/** Where a schedule by asset events stands. @public */
export interface AssetScheduleFacts {
  scheduleId: string;
  mode: 'any' | 'all';
  /** All that it waits for. */
  names: readonly string[];
  /** Those without an event since its last run. */
  missing: readonly string[];
  /** Where conditions stand in it: all of it in words. */
  nested?: string;
  /** Aliases in it through which no event ever came. */
  unresolved?: readonly string[];
  /** Since when an event waits for the missing ones. */
  waitingSince?: number;
  /** Until when events start no run; absent when they would. */
  cooldownUntil?: number;
  /** Where its runs are about partitions: those of which an event waits. */
  partitions?: WaitingPartitions;
  /** Its newest event, where that is for no partition, and why. */
  refused?: { asset: string; at: number; reason: string };
}

/** Partitions that wait for further assets. @public */
export interface WaitingPartitions {
  count: number;
  /** Those that wait longest, the longest first. */
  oldest: ReadonlyArray<{
    key: string;
    /** Assets without an event of it. */
    missing: readonly string[];
    since: number;
    /** Of those that a run waits for many partitions of: which are missing. */
    parts?: ReadonlyArray<{
      asset: string;
      wanted: number;
      missing: readonly string[];
    }>;
  }>;
}

/** Names in one message. */
const MAX_NAMES = 5;

/** @internal */
export function isFull(usage: SlotUsage | undefined): usage is SlotUsage {
  return usage !== undefined && usage.used >= usage.slots;
}

/** @internal */
export function openFirst(
  names: readonly string[] | undefined,
  kind: WhyAction['kind'],
  label: string,
): WhyAction | undefined {
  return names?.length ? { label, kind, target: names[0] } : undefined;
}

/** One link, and who stands behind it. @internal */
export interface TaskStep {
  causes: WhyCause[];
  /** The task that stands behind this one's cause. */
  behind?: number;
}

/** Opens the run of who holds a slot, `pipeline/run/task`. @internal */
export function openHolder({ holders }: SlotUsage): WhyAction | undefined {
  const runs = holders?.map(holder => holder.split('/')[1] ?? holder);
  return openFirst(runs, 'open_run', 'Open the run that uses it');
}

/** Executors and schedulers, for whoever looks after them. @internal */
export function lookAtSchedulers(target: string): WhyAction {
  return {
    label: 'Look at the schedulers',
    kind: 'open_status',
    target,
    command: 'maestro status',
  };
}

/** @internal */
export function limited(names: readonly string[] = []): string[] {
  return names.slice(0, MAX_NAMES);
}

/** @internal */
export function list(names: readonly string[]): string {
  const shown = limited(names).map(name => `"${name}"`);
  const more = names.length - shown.length;
  if (more > 0) {
    return `${shown.join(', ')} and ${more} more`;
  }
  const last = shown.pop();
  return shown.length > 0
    ? `${shown.join(', ')} and ${last}`
    : last ?? 'nothing';
}

/** @internal */
export function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}
