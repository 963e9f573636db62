/**
 * States of tasks and runs, and the transitions between them: the one table
 * that the engine, the portal and the tests share. Names and meaning are
 * Airflow's, because the people who read them know them.
 *
 * @packageDocumentation
 */

/**
 * Every state of a task instance.
 *
 * @public
 */
export const TASK_STATES = [
  'none',
  'scheduled',
  'queued',
  'running',
  'success',
  'failed',
  'up_for_retry',
  'up_for_reschedule',
  'deferred',
  'skipped',
  'upstream_failed',
  'removed',
] as const;

/** @public */
export type TaskState = (typeof TASK_STATES)[number];

/**
 * Every state of a run. A cancelled run is `failed` with that reason.
 *
 * @public
 */
export const RUN_STATES = ['queued', 'running', 'success', 'failed'] as const;

/** @public */
export type RunState = (typeof RUN_STATES)[number];

/**
 * What started a run.
 *
 * @public
 */
export const RUN_TRIGGERS = [
  'scheduled',
  'manual',
  'backfill',
  'asset',
  'api',
] as const;

/** @public */
export type RunTrigger = (typeof RUN_TRIGGERS)[number];

/**
 * States in which an attempt exists, or is about to exist, at the executor.
 *
 * @public
 */
export const LIVE_TASK_STATES: ReadonlySet<TaskState> = new Set<TaskState>([
  'queued',
  'running',
]);

/**
 * States that a task leaves only when somebody clears or marks it.
 *
 * @public
 */
export const FINAL_TASK_STATES: ReadonlySet<TaskState> = new Set<TaskState>([
  'success',
  'failed',
  'skipped',
  'upstream_failed',
  'removed',
]);

/**
 * The transitions that the engine makes by itself. What a person does (clear,
 * mark) is not in here: a clear leads from any state to `none`, a mark to the
 * state that was named.
 */
const TASK_TRANSITIONS: Record<TaskState, readonly TaskState[]> = {
  none: ['scheduled', 'skipped', 'upstream_failed', 'removed'],
  // Without an attempt a task can still be ended: a cancelled run, or a branch
  // that finishes without any process.
  // One that waits for something outside is deferred at once, as with Airflow's
  // `start_from_trigger`.
  scheduled: [
    'queued',
    'running',
    'success',
    'failed',
    'skipped',
    'removed',
    'deferred',
  ],
  // Its end may be seen before anybody has seen that it runs.
  queued: [
    'running',
    'success',
    'failed',
    'up_for_retry',
    'up_for_reschedule',
    'deferred',
    'scheduled',
    'skipped',
    'removed',
  ],
  running: [
    'success',
    'failed',
    'up_for_retry',
    'up_for_reschedule',
    'deferred',
    'skipped',
    'scheduled',
    'removed',
  ],
  up_for_retry: ['scheduled', 'failed', 'removed'],
  up_for_reschedule: ['scheduled', 'failed', 'removed'],
  deferred: [
    'scheduled',
    'success',
    'failed',
    'skipped',
    'up_for_retry',
    'removed',
  ],
  success: [],
  failed: [],
  skipped: [],
  upstream_failed: [],
  removed: [],
};

/**
 * Whether the engine may move a task instance from one state to another.
 *
 * @public
 */
export function canTransition(from: TaskState, to: TaskState): boolean {
  return TASK_TRANSITIONS[from].includes(to);
}

/** @public */
export function isFinalTaskState(state: TaskState): boolean {
  return FINAL_TASK_STATES.has(state);
}

/** @public */
export function isLiveTaskState(state: TaskState): boolean {
  return LIVE_TASK_STATES.has(state);
}

/** @public */
export function isFinalRunState(state: RunState): boolean {
  return state === 'success' || state === 'failed';
}
