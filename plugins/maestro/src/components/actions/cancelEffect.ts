import {
  isFinalTaskState,
  isLiveTaskState,
  type TaskInstance,
} from '@maestro/plugin-maestro-common';

/**
 * What cancelling a run does, in one sentence with numbers.
 */
export function cancelEffect(tasks: readonly TaskInstance[]): string {
  const live = tasks.filter(task => isLiveTaskState(task.state)).length;
  const open = tasks.filter(task => !isFinalTaskState(task.state)).length;
  const waiting = open - live;
  const many = (n: number) => `${n} task${n === 1 ? '' : 's'}`;
  const parts = [
    live > 0 ? `ends ${many(live)} that ${live === 1 ? 'runs' : 'run'}` : '',
    waiting > 0 ? `keeps ${many(waiting)} from starting` : '',
  ].filter(Boolean);
  const effect = parts.length > 0 ? parts.join(' and ') : 'ends no task';
  return `This ${effect}. The run fails with the reason "cancelled".`;
}
