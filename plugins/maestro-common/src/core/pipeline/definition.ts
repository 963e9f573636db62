import type {
  AirflowDagDefinition,
  AirflowMapLength,
  AirflowPath,
  AirflowPodDefinition,
  AirflowTaskDefinition,
  BashDefinition,
} from './airflowDefinition';
import type { CalendarSpan } from '../time/calendarSpan';
import type { KubernetesSettings } from '../kubernetes/kubernetesSettings';
import type { AssetPartitions } from '../partitions/partitionMappers';
import type { ResourceDefinition } from '../kubernetes/resourceDefinition';
import type { TriggerRule } from './triggerRules';
import type {
  ApprovalDefinition,
  HttpCallDefinition,
  SubRunDefinition,
  WaitDefinition,
} from './waitDefinition';

/**
 * A pipeline with every default resolved: what a version stores and what the
 * engine, the dry run and the portal read. A run never looks at the entity
 * again, so nothing in here may depend on configuration or time.
 *
 * All durations are milliseconds, all instants epoch milliseconds UTC.
 *
 * @public
 */
export interface PipelineDefinition {
  /** Format of this object, raised when its meaning changes. */
  formatVersion: 1;
  /** The name people use, as in `metadata.name`. */
  name: string;
  description?: string;
  /** Entity reference of the owner, as written. */
  owner: string;
  /** Entity reference of the system that it is part of, as written. */
  system?: string;
  type: string;
  tags: string[];
  schedules: ScheduleDefinition[];
  /**
   * Each run is about one partition of data, by its key: from its schedule, or
   * given by hand. Only such a pipeline takes a key.
   */
  partitioned?: true;
  /** Requests from outside that start a run. */
  webhooks?: WebhookDefinition[];
  /** Deadline of a run. */
  slaMs?: number;
  /** How long a run may take. */
  timeoutMs?: number;
  /** Runs in state `running` at the same time. Default 16, Airflow's. */
  maxActiveRuns: number;
  /** Live attempts over all runs of the pipeline. */
  maxActiveTasks?: number;
  /**
   * What a due time does while a run of the pipeline is queued or running.
   * Default `queue`.
   */
  overlap?: OverlapPolicy;
  /** What is removed by itself; absent means by the installation's rule. */
  retention?: RetentionDefinition;
  /** JSON Schema of the params, always `type: object`. */
  params?: Record<string, unknown>;
  /** Groups of tasks; `groups[i].no === i`. */
  groups?: GroupDefinition[];
  /**
   * Tasks in the order of the file, those of `finally` behind all others;
   * `tasks[i].no === i`.
   */
  tasks: TaskDefinition[];
  /** For what was read from a DAG of Airflow. */
  airflow?: AirflowDagDefinition;
}

/**
 * Tasks that people see, clear and retry as one.
 *
 * @public
 */
export interface GroupDefinition {
  no: number;
  id: string;
  title?: string;
  /** Number of the group that it is part of. */
  parent?: number;
  /** How often the whole group is run again when it failed. */
  retries: number;
  retryDelayMs: number;
  /**
   * All its tasks run once for each item of a list; see `mappedGroups`. They
   * have a `map` of their own, without a list.
   */
  map?: GroupMapDefinition;
}

/**
 * The list of a mapped group.
 *
 * @public
 */
export interface GroupMapDefinition {
  /** CEL expression that gives a list. */
  over?: string;
  /** The list as it was written. */
  items?: unknown[];
  /** For a group of Airflow: the lengths that are multiplied. */
  lengths?: AirflowMapLength[];
  /** A longer list fails the tasks. Default 1,000, at most 10,000. */
  maxItems: number;
  /**
   * Numbers of the tasks that the list is made from, ascending; all outside
   * the group.
   */
  from: number[];
}

/**
 * - `queue`: the new run waits in its queue
 * - `skip`: the due time starts no run
 * - `cancel_older`: what is older is cancelled
 *
 * @public
 */
export type OverlapPolicy = 'queue' | 'skip' | 'cancel_older';

/**
 * Either limit removes; a part without limits is kept.
 *
 * @public
 */
export interface KeepLimits {
  /** Milliseconds since the end of the run. */
  maxAgeMs?: number;
  /** The newest finished runs that keep it. */
  maxCount?: number;
}

/**
 * What of finished runs is kept how long.
 *
 * @public
 */
export interface RetentionDefinition {
  runs?: KeepLimits;
  logs?: KeepLimits;
  artifacts?: KeepLimits;
}

/**
 * One schedule of a pipeline.
 *
 * @public
 */
export interface ScheduleDefinition {
  /** Part of a tick's key. */
  id: string;
  cron?: string;
  /** Further expressions: a time of several of them is one due time. */
  crons?: string[];
  everyMs?: number;
  /** An interval in units of the calendar, from the start date on. */
  everySpan?: CalendarSpan;
  /** Explicit due times, ascending. */
  dates?: number[];
  /** A run starts as soon as the last one is over; see `continuousStep`. */
  continuous?: ContinuousDefinition;
  timezone: string;
  startAt?: number;
  endAt?: number;
  /** Days of the week in the time zone, 0 is Sunday; absent means all. */
  days?: number[];
  /** Days in the time zone on which it is not due, `2026-12-25`. */
  except?: string[];
  /** CEL condition; a due time at which it is false starts no run. */
  when?: string;
  /** Runs start later than they are due by up to so many milliseconds. */
  jitterMs?: number;
  catchup: boolean;
  /** What a run by a due time is about; see `dataInterval`. */
  interval?: IntervalDefinition;
  /** How the due time of a run makes the key of its partition. */
  partition?: TimePartition;
  /** Asset events that start a run; due times do so beside them. */
  assets?: AssetCondition;
  /** Time in which asset events start at most one run. */
  cooldownMs?: number;
}

/**
 * The data interval of due times, whose start is the logical date. Start and end
 * date of the schedule are about the due time where its length is fixed, else
 * about its start.
 *
 * @public
 */
export interface IntervalDefinition {
  /** Up to the due time; without any length it is since the due time before. */
  lengthMs?: number;
  /** The same in units of the calendar. */
  span?: CalendarSpan;
}

/**
 * A schedule without due times.
 *
 * @public
 */
export interface ContinuousDefinition {
  /** Between the end of a run and the next one. */
  pauseMs: number;
}

/**
 * Which partition the run of a due time is about.
 *
 * @public
 */
export interface TimePartition {
  /** Due times from that of the run to that of the partition; below 0 before. */
  offset: number;
  /** Of Python's `strftime`: the key, in the time zone of the schedule. */
  format: string;
}

/**
 * - `any`: an event of one of the assets
 * - `all`: an event of each since the last run that events of them started
 *
 * @public
 */
export interface AssetCondition {
  mode: 'any' | 'all';
  /** All assets in it, ascending, each once. */
  names: string[];
  /** What `mode` is about, where conditions stand in it; absent means names. */
  parts?: AssetPart[];
  /**
   * Those of the names that are aliases (`@name`): they stand for whatever asset
   * tasks have given events through them.
   */
  aliases?: string[];
  /**
   * Its events are those of partitions, and what waits for the same partition of
   * a run waits together; absent means events of whole assets.
   */
  partitions?: AssetPartitions;
}

/** An asset, or a condition in another one. @public */
export type AssetPart = string | { mode: 'any' | 'all'; parts: AssetPart[] };

/**
 * An asset that has an event when an attempt of the task succeeds, or sends an
 * alert of a kind. An alias (`@name`) has none by itself: the task says while it
 * runs which assets have one through it.
 *
 * @public
 */
export interface ProducedAsset {
  asset: string;
  on: 'success' | 'alias' | { alert: string };
}

/**
 * A request from outside that starts a run.
 *
 * @public
 */
export interface WebhookDefinition {
  id: string;
  /** CEL over `request.body`, by param. */
  params?: Record<string, string>;
}

/** What a task does. @public */
export type TaskKind =
  | 'run'
  | 'branch'
  | 'wait'
  | 'http'
  | 'approve'
  | 'pipeline';

/**
 * When the result of an earlier task counts as that of this one.
 *
 * @public
 */
export interface CacheDefinition {
  /** What of a run matters; may hold `${{ }}`. Absent: all that it is given. */
  key?: string;
  ttlMs: number;
  version: number;
  /** Files and folders of the sources that count; absent means all. */
  sources?: string[];
}

/**
 * The list of a mapped task: an expression, or the items themselves. Of a task
 * in a mapped group there is neither: its list is that of the group.
 *
 * @public
 */
export interface MapDefinition {
  /** CEL expression that gives a list. */
  over?: string;
  /** The list as it was written. */
  items?: unknown[];
  /** A longer list fails the task. Default 1,000, at most 10,000. */
  maxItems: number;
  /** Live attempts of this task in one run. Default none. */
  parallel?: number;
}

/**
 * One task with its neighbours by number.
 *
 * @public
 */
export interface TaskDefinition {
  /** `task_no` of the store: the index in `tasks`. */
  no: number;
  id: string;
  title?: string;
  description?: string;
  /**
   * - `run`: a command
   * - `branch`: follows some of the tasks below it
   * - `wait`, `http`, `approve`, `pipeline`: wait for something outside, as a
   *   row in the database: no process, no slot
   */
  kind: TaskKind;
  /** Numbers of the tasks it depends on, ascending. */
  upstream: number[];
  /** Numbers of the tasks that depend on it, ascending. */
  downstream: number[];
  triggerRule: TriggerRule;
  /** Sets up what tasks below it work with; see `setupTeardown`. */
  setup?: true;
  /**
   * Takes down what the setups `of` (task numbers, which are upstream too) have
   * set up. Unless `failsRun`, its own failure does not fail the run.
   */
  teardown?: { of: number[]; failsRun?: true };
  /** Runs after all tasks that are not, whatever happened to them. */
  finally?: true;
  /**
   * Of a task of `finally` that depends on nothing, and nothing on it: a
   * callback of the run. It is called when the tasks that are not of `finally`
   * ended so, else skipped, and is no part of the run's work: its own outcome,
   * and how long it takes, change nothing of the outcome of the run.
   */
  callback?: 'success' | 'failed';
  /** Number of the innermost group that it is in. */
  group?: number;
  retries: number;
  retryDelayMs: number;
  retryBackoff: 'fixed' | 'exponential';
  maxRetryDelayMs: number;
  /** Failure classes and `exit:N` that are worth a retry; absent means all. */
  retryOn?: string[];
  /** Failure classes and `exit:N` that are not repeated. */
  noRetryOn?: string[];
  timeoutMs?: number;
  /** How long it may be ready, or being started, without running. */
  queuedTimeoutMs?: number;
  slaMs?: number;
  /** Higher runs first; with the weights of other tasks in it. */
  priority: number;
  /**
   * Waits until the same task of the run before succeeded or was skipped; see
   * `heldByPast`.
   */
  dependsOnPast?: true;
  /** Then also for what is directly below it in that run. */
  waitForDownstream?: true;
  /** Live attempts of it over all runs of the pipeline. */
  maxActive?: number;
  pool?: string;
  executor?: string;
  image?: string;
  resources?: {
    requests?: Record<string, string>;
    limits?: Record<string, string>;
  };
  /** What its pod is like, on executors that start pods. */
  kubernetes?: KubernetesSettings;
  connections: string[];
  variables: string[];
  /** Assets that it produces; only where an attempt is launched. */
  produces?: ProducedAsset[];
  /** For kind `run`: instead of a command, an object of Kubernetes. */
  resource?: ResourceDefinition;
  /** For kind `run`: an operator of Airflow. */
  airflow?: AirflowTaskDefinition;
  /** Of an operator of Airflow; absent in versions that say nothing: `python`. */
  airflowPath?: AirflowPath;
  /** Of a BashOperator of Airflow that takes the native way. */
  bash?: BashDefinition;
  /**
   * Of an operator of Airflow that is Python: its process is one of the
   * executor that the task names. Absent: of the executor `airflow`.
   */
  airflowPod?: AirflowPodDefinition;
  /**
   * Exit codes with which the command skips itself; any other than 0 is a
   * failure. Default: 99.
   */
  skipExitCodes?: number[];
  /** For kind `run`: argv, may hold `${{ }}` expressions. */
  command?: string[];
  /** For kind `run`: environment, may hold `${{ }}` expressions. */
  env?: Record<string, string>;
  /** For kind `run`: whether its result may be one of an earlier run. */
  cache?: CacheDefinition;
  /** Runs once for each item of a list; only for kind `run`. */
  map?: MapDefinition;
  /** For kind `branch`. */
  branch?: { if: string; then: number[]; else: number[] };
  /** For kind `wait`. */
  wait?: WaitDefinition;
  /** For kind `http`. */
  http?: HttpCallDefinition;
  /** For kind `approve`. */
  approve?: ApprovalDefinition;
  /** For kind `pipeline`. */
  pipeline?: SubRunDefinition;
}
