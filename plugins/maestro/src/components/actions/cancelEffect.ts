import {
  isFinalTaskState,
  isLiveTaskState,
  runsAfterCancel,
  type RunDetail,
  type TaskInstance,
} from '@maestro/plugin-maestro-common';

/**
 * What cancelling a run does, in sentences with numbers.
 *
 * @param force - of a run that was cancelled before, or whose time was over:
 * what cleans up is ended too
 */
export function cancelEffect(
  run: Pick<RunDetail, 'tasks'> & {
    definition?: Pick<RunDetail['definition'], 'tasks'>;
  },
  force = false,
): string {
  const kind = { isForced: force };
  const cleaning = new Set(
    run.definition?.tasks
      .filter(task => runsAfterCancel(task, kind))
      .map(task => task.id),
  );
  const isKept = (task: TaskInstance) => cleaning.has(task.taskId);
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
  // Its time may have been over: that is the reason then, and stays it.
  const end = force
    ? 'The run fails all the same, and its reason stays.'
    : 'The run fails with the reason "cancelled".';
  return `This ${effect}.${after} ${end}`;
}
