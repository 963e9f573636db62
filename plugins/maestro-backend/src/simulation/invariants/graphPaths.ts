import { groupMembers } from '@maestro/plugin-maestro-common';
import { num } from '../../database/conversion';
import type { Facts } from './Facts';

/** Ways through setups, `finally`, groups and runs that wait for the one before. */
export function countGraphPaths(
  facts: Facts,
  took: (path: string, times: number) => void,
): void {
  for (const run of facts.runs) {
    const definition = facts.definitionOf(num(run.version_id));
    const isNested = definition.schedules.some(each => each.assets?.parts);
    if (run.trigger === 'asset' && isNested) took('run on nested assets', 1);
    if (run.trigger === 'scheduled' || run.trigger === 'backfill') {
      for (const { crons, everySpan, interval } of definition.schedules) {
        if (crons) took('run by several crons', 1);
        if (everySpan) took('run by the calendar', 1);
        if (interval) took(`run of an interval, ${run.trigger}`, 1);
      }
    }
    const follows = definition.schedules.some(each => each.continuous);
    if (run.trigger === 'scheduled' && follows) {
      took(`continuous run ${run.state}`, 1);
    }
    const isCancelled = run.cancel_requested_at !== null;
    if (run.cancel_forced_at !== null) took('clean-up ended too', 1);
    for (const row of facts.tasks) {
      if (num(row.run_id) !== num(run.id) || row.map_index >= 0) continue;
      const task = definition.tasks[row.task_no];
      const hasRun = row.attempt_seq > 0;
      if (task.teardown && hasRun) {
        took(isCancelled ? 'teardown after a cancel' : 'teardown', 1);
      } else if (task.teardown && row.state === 'upstream_failed') {
        took('teardown of what was not set up', 1);
      }
      if (task.callback && hasRun) {
        const isLate = run.cancel_requested_by === 'maestro:run_timeout';
        took(`callback ${isLate ? 'after a timeout' : task.callback}`, 1);
        if (row.state === 'failed' && run.state === 'success') {
          took('callback that failed', 1);
        }
      } else if (task.finally && hasRun) {
        const after = isCancelled ? 'a cancel' : `a ${run.state}`;
        took(`finally after ${after}`, 1);
      }
    }
    const lists = facts.events.filter(
      event =>
        num(event.run_id) === num(run.id) &&
        event.type === 'expanded' &&
        JSON.parse(event.body).group !== undefined,
    );
    took('list of a group', lists.length);
    took('list of a group made anew', Math.max(0, lists.length - 1));
    const retried = facts.events.filter(
      event =>
        num(event.run_id) === num(run.id) && event.type === 'group_retry',
    );
    for (const event of retried) {
      const { group: id, retry, of } = JSON.parse(event.body);
      const group = definition.groups!.find(candidate => candidate.id === id)!;
      const members = groupMembers(definition, group.no);
      const failed = facts.tasks.some(
        row =>
          num(row.run_id) === num(run.id) &&
          members.has(row.task_no) &&
          row.state === 'failed',
      );
      if (retry === of && failed) took('group given up after its retries', 1);
    }
  }
}
