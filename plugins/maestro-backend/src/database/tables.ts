import type {
  BackfillOnly,
  RunState,
  RunTrigger,
  TaskState,
  WaitKind,
} from '@maestro/plugin-maestro-common';

/**
 * Rows as the database gives them. PostgreSQL returns bigint as text and
 * SQLite booleans as 0 and 1: numbers go through `num`, booleans through
 * `bool` of `conversion.ts` before anybody uses them.
 */
export type DbBigint = number | string;
/** See {@link DbBigint}. */
export type DbBool = boolean | 0 | 1;

export interface SchemaMetaRow {
  id: number;
  version: number;
  min_code: number;
}

export interface PipelineRow {
  id: DbBigint;
  name: string;
  entity_ref: string;
  owner_ref: string;
  title: string | null;
  description: string | null;
  type: string;
  tags: string;
  current_version_id: DbBigint | null;
  paused: DbBool;
  paused_at: DbBigint | null;
  paused_by: string | null;
  location: string | null;
  created_at: DbBigint;
  seen_at: DbBigint;
  missing_since: DbBigint | null;
  removed_at: DbBigint | null;
  revision: DbBigint;
}

export interface PipelineVersionRow {
  id: DbBigint;
  pipeline_id: DbBigint;
  number: number;
  hash: string;
  definition: string;
  source_ref: string | null;
  created_at: DbBigint;
}

export interface SourceBlobRow {
  hash: string;
  size: number;
  content: Buffer;
}

export interface VersionFileRow {
  version_id: DbBigint;
  path: string;
  blob_hash: string;
  executable: DbBool;
}

export interface PipelineProblemRow {
  entity_ref: string;
  name: string;
  location: string | null;
  problems: string;
  since: DbBigint;
  seen_at: DbBigint;
}

export interface RunRow {
  id: DbBigint;
  run_id: string;
  pipeline_id: DbBigint;
  version_id: DbBigint;
  run_key: string;
  trigger: RunTrigger;
  state: RunState;
  state_reason: string | null;
  logical_date: DbBigint | null;
  data_interval_start: DbBigint | null;
  data_interval_end: DbBigint | null;
  run_after: DbBigint;
  created_at: DbBigint;
  started_at: DbBigint | null;
  ended_at: DbBigint | null;
  created_by: string | null;
  params: string;
  note: string | null;
  priority: number;
  clear_count: number;
  revision: DbBigint;
  event_seq: DbBigint;
  cancel_requested_at: DbBigint | null;
  cancel_requested_by: string | null;
  cancel_forced_at: DbBigint | null;
  sla_deadline: DbBigint | null;
  sla_state: SlaState;
  sla_decided_at: DbBigint | null;
  alert_count: number;
  alert_severity: 'info' | 'warning' | 'critical' | null;
  digest: string | null;
  logs_removed_at: DbBigint | null;
  artifacts_removed_at: DbBigint | null;
  no_cache: DbBool;
  backfill_id: DbBigint | null;
  parent_run: DbBigint | null;
  parent_task_no: number | null;
  parent_map_index: number | null;
  parent_wait_id: string | null;
  sub_depth: number;
  partition_key: string | null;
  partition_date: DbBigint | null;
}

/** `at_risk` is computed for people and never stored. */
export type SlaState = 'none' | 'pending' | 'met' | 'missed';

export interface BackfillRow {
  id: DbBigint;
  backfill_id: string;
  pipeline_id: DbBigint;
  version_id: DbBigint;
  schedule_id: string;
  range_from: DbBigint;
  range_to: DbBigint;
  logical_from: DbBigint | null;
  logical_to: DbBigint | null;
  only_which: BackfillOnly;
  run_order: 'oldest' | 'newest';
  max_active: number;
  params: string;
  state: 'running' | 'paused' | 'cancelled' | 'done';
  state_reason: string | null;
  total: number;
  planned_until: DbBigint | null;
  planned_at: DbBigint | null;
  created_at: DbBigint;
  created_by: string;
  changed_by: string | null;
  ended_at: DbBigint | null;
}

export interface BackfillMemberRow {
  backfill_id: DbBigint;
  due_at: DbBigint;
  pipeline_id: DbBigint;
  schedule_id: string;
  outcome: 'waiting' | 'run' | 'skipped' | 'cancelled';
  reason: string | null;
  run_id: DbBigint | null;
}

export interface TickRow {
  pipeline_id: DbBigint;
  schedule_id: string;
  due_at: DbBigint;
  outcome: 'run' | 'skipped';
  run_id: DbBigint | null;
  reason: string | null;
  decided_at: DbBigint;
}

export interface TimerRow {
  id: DbBigint;
  due_at: DbBigint;
  kind: string;
  ref: string;
  run_id: DbBigint | null;
  for_due: DbBigint | null;
}

export interface TaskInstanceRow {
  run_id: DbBigint;
  task_no: number;
  map_index: number;
  state: TaskState;
  reason: string | null;
  try_number: number;
  attempt_seq: number;
  infra_retries: number;
  executor: string | null;
  pool: string | null;
  priority: number;
  ready_at: DbBigint | null;
  queued_at: DbBigint | null;
  started_at: DbBigint | null;
  ended_at: DbBigint | null;
  next_try_at: DbBigint | null;
  sla_state: SlaState;
  note: string | null;
  no_cache: DbBool;
  cache_hit: string | null;
  /** Of an instance of a mapped task; null when it leaves with its list. */
  item: string | null;
  /** As it may be shown, where that is not `item`. */
  item_shown: string | null;
}

export type AttemptState = 'claimed' | 'launched' | 'running' | 'ended';

export interface AttemptRow {
  id: DbBigint;
  attempt_id: string;
  run_id: DbBigint;
  pipeline_id: DbBigint;
  task_no: number;
  map_index: number;
  seq: number;
  try_number: number;
  resume_no: number;
  counts_as_retry: DbBool;
  state: AttemptState;
  executor: string;
  executor_instance: string;
  pool: string | null;
  lease_owner: string | null;
  lease_until: DbBigint | null;
  token_hash: string | null;
  claimed_at: DbBigint;
  launched_at: DbBigint | null;
  started_at: DbBigint | null;
  ended_at: DbBigint | null;
  cancel_requested_at: DbBigint | null;
  cancel_reason: string | null;
  result: 'success' | 'failed' | 'skipped' | null;
  failure: string | null;
  exit_code: number | null;
  signal: string | null;
  message: string | null;
  follow_up: string | null;
  cache_key: string | null;
  object: string | null;
  command: string | null;
  env: string | null;
  inputs: string | null;
  masks: string | null;
  image: string | null;
  image_digest: string | null;
  task_id: string | null;
  owner: string | null;
  log_state: 'open' | 'sealed' | 'none' | 'removed';
  log_location: string | null;
  log_bytes: DbBigint;
  log_raw_offset: DbBigint;
  log_gap: string | null;
  log_place: string | null;
  resume: string | null;
  question: string | null;
  /**
   * Of an ended attempt whose log is open for a trigger: whether all that its
   * process wrote is stored. `complete` when it is, and the trigger is over.
   */
  log_kept: 'copying' | 'copied' | 'complete' | null;
}

export interface GroupRetryRow {
  run_id: DbBigint;
  group_no: number;
  used: number;
  next_at: DbBigint | null;
}

export interface LimitLockRow {
  name: string;
}

export interface WaitRow {
  run_id: DbBigint;
  task_no: number;
  map_index: number;
  trigger: string;
  trigger_timeout_at: DbBigint | null;
  next_method: string | null;
  next_kwargs: string | null;
  created_at: DbBigint;
  wait_id: string | null;
  kind: WaitKind | null;
  what: string | null;
  looks: number;
  looked_at: DbBigint | null;
  answer: string | null;
  next_look_at: DbBigint | null;
  awaited_pipeline: string | null;
  awaited_asset: string | null;
  child_run: DbBigint | null;
  attempt_id: string | null;
  token_hash: string | null;
  host: string | null;
  host_until: DbBigint | null;
}

export interface TaskStateRow {
  run_id: DbBigint;
  task_id: string;
  map_index: number;
  key: string;
  value: string;
  expires_at: DbBigint | null;
  updated_at: DbBigint;
}

export interface AssetStateRow {
  asset: string;
  key: string;
  value: string;
  updated_at: DbBigint;
  updated_by: string;
}

export interface PoolRow {
  name: string;
  slots: number;
  description: string | null;
  updated_at: DbBigint;
}

export interface OutputRow {
  run_id: DbBigint;
  task_id: string;
  map_index: number;
  key: string;
  attempt_id: string;
  value: string | null;
  blob: string | null;
  shown: string | null;
  size: DbBigint;
  created_at: DbBigint;
}

export interface EventRow {
  id: DbBigint;
  run_id: DbBigint;
  seq: DbBigint;
  at: DbBigint;
  type: string;
  schema_version: number;
  actor: string | null;
  attempt_id: string | null;
  body: string;
}

export interface LogChunkRow {
  attempt: DbBigint;
  offset: DbBigint;
  size: number;
  bytes: Buffer;
}

export interface ArtifactRow {
  id: DbBigint;
  run_id: DbBigint;
  task_no: number;
  map_index: number;
  attempt_id: string;
  name: string;
  title: string | null;
  content_type: string;
  size: DbBigint;
  location: string;
  created_at: DbBigint;
}

export interface StepCacheRow {
  id: DbBigint;
  pipeline_id: DbBigint;
  key: string;
  task_id: string;
  run_id: string;
  attempt_id: string;
  duration_ms: DbBigint;
  created_at: DbBigint;
  expires_at: DbBigint;
  used_at: DbBigint;
  hits: number;
}

export interface StepCachePartRow {
  entry_id: DbBigint;
  kind: 'output' | 'report';
  name: string;
  value: string | null;
  shown: string | null;
  blob: string | null;
  title: string | null;
  content_type: string | null;
  size: DbBigint;
}

export interface ConnectionRow {
  id: DbBigint;
  conn_id: string;
  conn_type: string;
  host: string | null;
  port: number | null;
  login: string | null;
  schema: string | null;
  password: string | null;
  extra: string | null;
  description: string | null;
  revision: DbBigint;
  created_at: DbBigint;
  updated_at: DbBigint;
  updated_by: string;
  tested_at: DbBigint | null;
  test_result: string | null;
}

export interface VariableRow {
  id: DbBigint;
  key: string;
  value: string | null;
  secret_value: string | null;
  description: string | null;
  revision: DbBigint;
  created_at: DbBigint;
  updated_at: DbBigint;
  updated_by: string;
}

export interface ExecutorInstanceRow {
  executor: string;
  instance: string;
  scheduler: string;
  host: string | null;
  seen_at: DbBigint;
  ttl: DbBigint;
}

/** What a backend process is there for; see `maestro.role`. */
export type SchedulerRole = 'all' | 'portal' | 'scheduler';

export interface SchedulerRow {
  name: string;
  host: string;
  role: SchedulerRole;
  version: string;
  schema_version: number;
  started_at: DbBigint;
  seen_at: DbBigint;
  ttl: DbBigint;
  executors: string;
}

export interface AssetEventRow {
  id: DbBigint;
  asset: string;
  at: DbBigint;
  source: 'task' | 'alert' | 'manual';
  source_key: string;
  run_id: DbBigint | null;
  task_id: string | null;
  map_index: number | null;
  attempt_id: string | null;
  actor: string | null;
  extra: string | null;
  partition_key: string | null;
  partition_date: DbBigint | null;
}

export interface AssetConsumerRow {
  asset: string;
  pipeline_id: DbBigint;
  schedule_id: string;
}

export interface AssetOutcomeRow {
  pipeline_id: DbBigint;
  schedule_id: string;
  event_id: DbBigint;
  asset: string;
  outcome: 'run' | 'waiting' | 'skipped';
  run_id: DbBigint | null;
  reason: string | null;
  decided_at: DbBigint;
  partition_key: string | null;
}

export interface RunAssetEventRow {
  run_id: DbBigint;
  event_id: DbBigint;
  body: string;
}

/** Aliases are stored without the `@` that they have among names of assets. */
export interface AssetEventAliasRow {
  event_id: DbBigint;
  alias: string;
}

export interface AssetAliasRow {
  alias: string;
  asset: string;
}

export interface WebhookRow {
  address: string;
  secret: string;
  rotated_at: DbBigint;
  rotated_by: string;
  delivered_at: DbBigint | null;
}

/** Row type by table name. */
export interface Tables {
  schema_meta: SchemaMetaRow;
  pipelines: PipelineRow;
  pipeline_versions: PipelineVersionRow;
  source_blobs: SourceBlobRow;
  version_files: VersionFileRow;
  pipeline_problems: PipelineProblemRow;
  runs: RunRow;
  ticks: TickRow;
  backfills: BackfillRow;
  backfill_members: BackfillMemberRow;
  timers: TimerRow;
  task_instances: TaskInstanceRow;
  attempts: AttemptRow;
  waits: WaitRow;
  task_states: TaskStateRow;
  asset_states: AssetStateRow;
  group_retries: GroupRetryRow;
  limit_locks: LimitLockRow;
  pools: PoolRow;
  outputs: OutputRow;
  events: EventRow;
  log_chunks: LogChunkRow;
  artifacts: ArtifactRow;
  step_cache: StepCacheRow;
  step_cache_parts: StepCachePartRow;
  connections: ConnectionRow;
  variables: VariableRow;
  executor_instances: ExecutorInstanceRow;
  schedulers: SchedulerRow;
  asset_events: AssetEventRow;
  asset_consumers: AssetConsumerRow;
  asset_outcomes: AssetOutcomeRow;
  run_asset_events: RunAssetEventRow;
  asset_event_aliases: AssetEventAliasRow;
  asset_aliases: AssetAliasRow;
  webhooks: WebhookRow;
}
