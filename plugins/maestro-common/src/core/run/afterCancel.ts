import type { TaskDefinition } from '../pipeline/definition';

/** Who cancels a run whose time is over. @public */
export const RUN_TIMEOUT = 'maestro:run_timeout';

/** The cancel of a run, as far as it says what still runs. @public */
export interface RunCancel {
  /** Who asked for it; {@link RUN_TIMEOUT} when its time was over. */
  by?: string;
  /** What cleans up is ended, too. Default false. */
  isForced?: boolean;
}

/**
 * Whether a task still runs in a run that was cancelled: teardowns, by their own
 * rule, and `finally`, also when they are cleared and run again. Callbacks are
 * called when the time of the run was over; whoever cancels it otherwise knows.
 * Nothing runs after a cancel by force.
 *
 * @public
 */
export function runsAfterCancel(
  task: Pick<TaskDefinition, 'teardown' | 'finally' | 'callback'>,
  { by, isForced = false }: RunCancel,
): boolean {
  if (isForced) return false;
  if (task.callback) return by === RUN_TIMEOUT;
  return task.teardown !== undefined || task.finally === true;
}
