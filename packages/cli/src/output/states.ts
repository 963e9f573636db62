import {
  nameActors,
  type RunSummary,
  type TaskInstance,
} from '@maestro/plugin-maestro-common';
import type { Colour } from './table';

const COLOURS: Record<RunSummary['state'] | TaskInstance['state'], Colour> = {
  none: 'grey',
  scheduled: 'grey',
  queued: 'grey',
  running: 'blue',
  success: 'green',
  failed: 'red',
  up_for_retry: 'yellow',
  up_for_reschedule: 'yellow',
  deferred: 'magenta',
  skipped: 'grey',
  upstream_failed: 'yellow',
  removed: 'grey',
};

/** The colour of a run's or task's state. */
export function stateColour({
  state,
}: {
  state: keyof typeof COLOURS;
}): Colour | undefined {
  return COLOURS[state];
}

/** Whether nothing will happen any more, unless somebody clears it. */
export function isOver(run: { state: RunSummary['state'] }): boolean {
  return run.state === 'success' || run.state === 'failed';
}

const FINAL: ReadonlySet<TaskInstance['state']> = new Set([
  'success',
  'failed',
  'skipped',
  'upstream_failed',
  'removed',
]);

/** As {@link isOver}, of a task. */
export function isTaskOver(task: { state: TaskInstance['state'] }): boolean {
  return FINAL.has(task.state);
}

/** From start to end, or until now; undefined before the start. */
export function elapsed(
  { startedAt, endedAt }: { startedAt?: number; endedAt?: number },
  now: number,
): number | undefined {
  return startedAt === undefined
    ? undefined
    : Math.max(0, (endedAt ?? now) - startedAt);
}

/** `failed (cancelled)`, who did it as people are called. */
export function withReason(state: string, reason: string | undefined): string {
  return reason ? `${state} (${nameActors(reason)})` : state;
}

/** `at risk`; empty where there is no deadline. */
export function slaWords(state: RunSummary['slaState'] | undefined): string {
  return state === undefined || state === 'none' ? '' : state.replace('_', ' ');
}

/**
 * `, 1 task failed: fit` of a run that succeeded all the same: only its last
 * tasks decide about a run.
 */
export function failedTasks({
  state,
  tasks,
}: {
  state: RunSummary['state'];
  tasks: readonly Pick<TaskInstance, 'state' | 'taskId'>[];
}): string {
  const failed = tasks.filter(task => task.state === 'failed');
  if (state !== 'success' || failed.length === 0) return '';
  const names = [...new Set(failed.map(({ taskId }) => taskId))];
  return `, ${failed.length} ${
    failed.length === 1 ? 'task' : 'tasks'
  } failed: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
}
