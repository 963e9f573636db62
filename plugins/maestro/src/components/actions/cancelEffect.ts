import {
  isFinalTaskState,
  isLiveTaskState,
  type RunDetail,
  type TaskInstance,
} from '@maestro/plugin-maestro-common';

/**
 * What cancelling a run does, in sentences with numbers.
 *
 * @param force - what cleans up is ended too
 */
export function cancelEffect(
  run: Pick<RunDetail, 'tasks'> & {
    definition?: Pick<RunDetail['definition'], 'tasks'>;
  },
  force = false,
): string {
  const cleaning = new Set(
    run.definition?.tasks
      .filter(task => task.teardown || (task.finally && !task.callback))
      .map(task => task.id),
  );
  const isKept = (task: TaskInstance) => !force && cleaning.has(task.taskId);
  const all = run.tasks.filter(task => !isFinalTaskState(task.state));
  const tasks = all.filter(task => !isKept(task));
  const kept = all.length - tasks.length;
  const live = tasks.filter(task => isLiveTaskState(task.state)).length;
  const waiting = tasks.length - live;
  const callbacks = new Set(
    run.definition?.tasks.filter(task => task.callback).map(task => task.id),
  );
  if (all.length > 0 && all.every(task => callbacks.has(task.taskId))) {
    return 'This ends its callbacks: the work is over, and its outcome stands.';
  }
  const many = (n: number) => `${n} task${n === 1 ? '' : 's'}`;
  const parts = [
    live > 0 ? `ends ${many(live)} that ${live === 1 ? 'runs' : 'run'}` : '',
    waiting > 0 ? `keeps ${many(waiting)} from starting` : '',
  ].filter(Boolean);
  const effect = parts.length > 0 ? parts.join(' and ') : 'ends no task';
  const after =
    kept > 0
      ? ` What cleans up still runs (${many(kept)} of teardown and finally).`
      : '';
  return `This ${effect}.${after} The run fails with the reason "cancelled".`;
}
