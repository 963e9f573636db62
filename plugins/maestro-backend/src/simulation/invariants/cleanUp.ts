import {
  isFinalTaskState,
  type TaskDefinition,
} from '@maestro/plugin-maestro-common';
import { num } from '../../database/conversion';
import type { EventRow, RunRow } from '../../database/tables';
import type { Violate } from './checkInvariants';
import type { Facts } from './Facts';

/**
 * What was set up is taken down, and `finally` is reached, whatever happened to
 * the run: told by what was launched, not by the core. Of runs in which nobody
 * moved tasks by hand or ended the clean-up.
 */
export function checkCleanUp(facts: Facts, violate: Violate): void {
  for (const run of facts.runs) {
    const events = facts.events.filter(
      event => num(event.run_id) === num(run.id),
    );
    const byHand = events.some(({ type }) =>
      ['cleared', 'marked'].includes(type),
    );
    const hasStarted = events.some(({ type }) => type === 'run_started');
    if (byHand || !hasStarted || run.cancel_forced_at !== null) continue;
    const { tasks } = facts.definitionOf(num(run.version_id));
    const rows = facts.tasks.filter(
      row => num(row.run_id) === num(run.id) && row.map_index < 0,
    );
    const stateOf = (no: number) =>
      rows.find(row => row.task_no === no)?.state ?? 'none';
    const launched = (no: number) =>
      stateOf(no) === 'failed' ||
      facts.attempts.some(
        attempt =>
          num(attempt.run_id) === num(run.id) && attempt.task_no === no,
      );
    for (const { no, id, teardown, ...task } of tasks) {
      const where = `${run.run_key} ${id} is ${stateOf(no)}`;
      if (teardown) {
        const isSetUp = teardown.of.some(setup => stateOf(setup) === 'success');
        // A group that was run again may have taken down what an earlier round
        // had set up.
        const mayHaveRun = task.group !== undefined;
        if (isSetUp !== launched(no) && !(mayHaveRun && launched(no))) {
          violate('what was set up, and only that, is taken down', where);
        }
      }
      if (task.callback) {
        const called = isCalled(run, tasks, task.callback, events);
        if (called !== undefined && called !== launched(no)) {
          violate('a callback is called for its outcome, and only then', where);
        }
      } else if (task.finally && task.upstream.length === 0 && !launched(no)) {
        violate('finally is reached, whatever happened', where);
      }
      if (task.finally && !isFinalTaskState(stateOf(no))) {
        violate('finally is reached, whatever happened', where);
      }
    }
  }
}

/** Whether a callback was to be called; undefined where that depends on when. */
function isCalled(
  run: RunRow,
  tasks: readonly TaskDefinition[],
  callback: 'success' | 'failed',
  events: readonly EventRow[],
): boolean | undefined {
  if (events.some(({ type }) => type === 'callbacks_cancelled'))
    return undefined;
  if (run.cancel_requested_at !== null) {
    // It may have been called while others of `finally` were not over.
    if (tasks.some(task => task.finally && !task.callback)) return undefined;
    return (
      run.cancel_requested_by === 'maestro:run_timeout' && callback === 'failed'
    );
  }
  const hasFailed =
    run.state === 'failed' &&
    !run.state_reason?.startsWith('failed in finally');
  return hasFailed === (callback === 'failed');
}
