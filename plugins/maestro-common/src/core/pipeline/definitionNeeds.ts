import type { AirflowTaskDefinition } from './airflowDefinition';
import type {
  AssetCondition,
  GroupDefinition,
  IntervalDefinition,
  PipelineDefinition,
  ProducedAsset,
  ScheduleDefinition,
  TaskDefinition,
} from './definition';
import type { WaitDefinition } from './waitDefinition';

/*
 * During an upgrade, and after a rollback, code meets definitions that newer
 * code has stored. A field that it does not know it would ignore, and run the
 * pipeline wrongly. So each stored definition says what code must know to run
 * it; code that does not know all of it leaves the pipeline to others.
 *
 * Whoever adds a field to a definition says here what it is; the compiler asks
 * for it.
 */

/**
 * - `first`: every build there ever was knows it
 * - `needed`: who does not know it must not run the pipeline
 * - `harmless`: who does not know it runs it as well, such as words for people
 */
type FieldClass = 'first' | 'needed' | 'harmless';

const PIPELINE_FIELDS: Record<keyof PipelineDefinition, FieldClass> = {
  formatVersion: 'first',
  name: 'first',
  description: 'first',
  owner: 'first',
  // A policy that names systems is not read by who does not know it.
  system: 'harmless',
  type: 'first',
  tags: 'first',
  schedules: 'first',
  // Others would give no run a key, and tell its assets as a whole.
  partitioned: 'needed',
  slaMs: 'first',
  timeoutMs: 'first',
  maxActiveRuns: 'first',
  maxActiveTasks: 'first',
  overlap: 'first',
  retention: 'first',
  params: 'first',
  groups: 'needed',
  tasks: 'first',
  // Requests to them reach the portal, which is newer than the version.
  webhooks: 'harmless',
  airflow: 'needed',
};

const SCHEDULE_FIELDS: Record<keyof ScheduleDefinition, FieldClass> = {
  id: 'first',
  cron: 'first',
  // Others would be due at the first of them alone.
  crons: 'needed',
  everyMs: 'first',
  // Others would take it for a schedule that cannot be read.
  everySpan: 'needed',
  dates: 'first',
  // Others would take it for a schedule that cannot be read.
  continuous: 'needed',
  timezone: 'first',
  startAt: 'first',
  endAt: 'first',
  days: 'first',
  except: 'first',
  when: 'first',
  // Its timers fire later than they are due: others would take that for the
  // due time.
  jitterMs: 'needed',
  catchup: 'first',
  // Its runs have another logical date and data interval.
  interval: 'needed',
  partition: 'needed',
  // Without due times it would be a schedule that cannot be read.
  assets: 'needed',
  cooldownMs: 'needed',
};

/** Data intervals; `schedule.interval` says the first ones. */
const INTERVAL_FIELDS: Record<keyof IntervalDefinition, FieldClass> = {
  lengthMs: 'first',
  span: 'needed',
};

/** What starts runs; `schedule.assets` says the first ones. */
const ASSET_FIELDS: Record<keyof AssetCondition, FieldClass> = {
  mode: 'first',
  names: 'first',
  parts: 'needed',
  // No event of an asset is told to who waits for an alias of it.
  aliases: 'needed',
  partitions: 'needed',
};

/** Of one group; `pipeline.groups` says the first ones. */
const GROUP_FIELDS: Record<keyof GroupDefinition, FieldClass> = {
  no: 'first',
  id: 'first',
  title: 'first',
  parent: 'first',
  retries: 'first',
  retryDelayMs: 'first',
  map: 'needed',
};

const TASK_FIELDS: Record<keyof TaskDefinition, FieldClass> = {
  no: 'first',
  id: 'first',
  title: 'first',
  description: 'first',
  kind: 'first',
  upstream: 'first',
  downstream: 'first',
  triggerRule: 'first',
  retries: 'first',
  retryDelayMs: 'first',
  retryBackoff: 'first',
  maxRetryDelayMs: 'first',
  retryOn: 'needed',
  noRetryOn: 'needed',
  timeoutMs: 'first',
  queuedTimeoutMs: 'needed',
  slaMs: 'first',
  priority: 'first',
  setup: 'needed',
  teardown: 'needed',
  finally: 'needed',
  // Others would call it whatever the outcome, and fail the run with it.
  callback: 'needed',
  group: 'needed',
  dependsOnPast: 'needed',
  waitForDownstream: 'needed',
  maxActive: 'needed',
  pool: 'first',
  executor: 'first',
  image: 'first',
  resources: 'first',
  kubernetes: 'needed',
  resource: 'needed',
  connections: 'first',
  variables: 'first',
  command: 'first',
  env: 'first',
  map: 'needed',
  // Without it the task computes what it could have reused.
  cache: 'harmless',
  branch: 'first',
  wait: 'needed',
  http: 'needed',
  approve: 'needed',
  pipeline: 'needed',
  produces: 'needed',
  airflow: 'needed',
  airflowPath: 'harmless',
  bash: 'needed',
  // Others would start a pod without a command.
  airflowPod: 'needed',
  // Every task of Airflow that takes the native way has some, if none.
  skipExitCodes: 'needed',
};

/** Of a task of Airflow; `task.airflow` says the first ones. */
const AIRFLOW_TASK_FIELDS: Record<keyof AirflowTaskDefinition, FieldClass> = {
  operator: 'first',
  empty: 'first',
  docs: 'first',
  line: 'first',
  file: 'first',
  links: 'first',
  mapOver: 'first',
  namespace: 'first',
  templates: 'first',
  // Others run it as well, and show what it hides, as they always did.
  hides: 'harmless',
  // Others would begin a task again that is to go on with what its trigger said.
  defers: 'needed',
};

/** What a task of kind `wait` waits for; `task.wait` says the first ones. */
const WAIT_FIELDS: Record<keyof WaitDefinition, FieldClass> = {
  forMs: 'first',
  until: 'first',
  http: 'first',
  object: 'first',
  run: 'first',
  everyMs: 'first',
  // Others would look for a file that has no path.
  asset: 'needed',
  s3: 'needed',
};

/** When an asset that a task produces has an event; `task.produces` says the first ones. */
const PRODUCED_ON: Record<
  Extract<ProducedAsset['on'], string> | 'alert',
  FieldClass
> = {
  success: 'first',
  alert: 'first',
  // Others store what the task gave through it without it: who waits for the
  // alias is never told.
  alias: 'needed',
};

/** Kinds that every build knows; another one is a need by itself. */
const FIRST_KINDS = new Set<string>(['run', 'branch']);

/**
 * What code must know to run a definition, sorted: `pipeline.<field>`,
 * `schedule.<field>`, `interval.<field>`, `assets.<field>`, `group.<field>`, `task.<field>`,
 * `wait.<field>`, `airflow.<field>`, `produces.<on>`, `task.kind.<kind>`. Empty for one
 * that every build can run.
 *
 * @public
 */
export function definitionNeeds(definition: PipelineDefinition): string[] {
  const needs = new Set<string>();
  const collect = (
    where: string,
    fields: Record<string, FieldClass>,
    value: object,
  ) => {
    for (const [field, content] of Object.entries(value)) {
      if (content !== undefined && fields[field] !== 'first') {
        if (fields[field] !== 'harmless') needs.add(`${where}.${field}`);
      }
    }
  };
  collect('pipeline', PIPELINE_FIELDS, definition);
  for (const schedule of definition.schedules) {
    collect('schedule', SCHEDULE_FIELDS, schedule);
    if (schedule.interval) {
      collect('interval', INTERVAL_FIELDS, schedule.interval);
    }
    if (schedule.assets) collect('assets', ASSET_FIELDS, schedule.assets);
  }
  for (const group of definition.groups ?? []) {
    collect('group', GROUP_FIELDS, group);
  }
  for (const task of definition.tasks) {
    collect('task', TASK_FIELDS, task);
    if (task.wait) collect('wait', WAIT_FIELDS, task.wait);
    if (task.airflow) collect('airflow', AIRFLOW_TASK_FIELDS, task.airflow);
    for (const { on } of task.produces ?? []) {
      collect(
        'produces',
        PRODUCED_ON,
        typeof on === 'string' ? { [on]: on } : on,
      );
    }
    if (!FIRST_KINDS.has(task.kind)) needs.add(`task.kind.${task.kind}`);
  }
  return [...needs].sort();
}

const FIELDS_OF: Record<string, Record<string, FieldClass>> = {
  pipeline: PIPELINE_FIELDS,
  schedule: SCHEDULE_FIELDS,
  interval: INTERVAL_FIELDS,
  assets: ASSET_FIELDS,
  group: GROUP_FIELDS,
  task: TASK_FIELDS,
  wait: WAIT_FIELDS,
  airflow: AIRFLOW_TASK_FIELDS,
  produces: PRODUCED_ON,
};

/** Kinds of tasks that this code knows. */
const KINDS: Record<TaskDefinition['kind'], true> = {
  run: true,
  branch: true,
  wait: true,
  http: true,
  approve: true,
  pipeline: true,
};

/**
 * Those of the needs that this code does not know.
 *
 * @public
 */
export function unknownNeeds(needs: readonly string[]): string[] {
  const known = (need: string) => {
    const [where, field, kind] = need.split('.');
    if (where === 'task' && field === 'kind') {
      return Object.hasOwn(KINDS, kind);
    }
    return (
      Object.hasOwn(FIELDS_OF, where) && Object.hasOwn(FIELDS_OF[where], field)
    );
  };
  return needs.filter(need => !known(need));
}
