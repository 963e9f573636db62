import type { RunState, TaskState } from '@maestro/plugin-maestro-common';

const WORDS: Record<TaskState, string> = {
  none: 'not yet',
  scheduled: 'scheduled',
  queued: 'queued',
  running: 'running',
  success: 'success',
  failed: 'failed',
  up_for_retry: 'waits for retry',
  up_for_reschedule: 'waits to look again',
  deferred: 'deferred',
  skipped: 'skipped',
  upstream_failed: 'upstream failed',
  removed: 'removed',
};

/**
 * A state as people read it. The identifier stays what Airflow calls it.
 *
 * @public
 */
export function stateWord(state: TaskState | RunState): string {
  return WORDS[state];
}
