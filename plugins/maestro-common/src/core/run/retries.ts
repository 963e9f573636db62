/**
 * What a failed try leads to, and when the next one starts.
 *
 * Two different counters: `retries` belongs to the user and is eaten by
 * failures of the task; failures of the infrastructure (the node is gone, the
 * pod was evicted, the process could not be launched) cost no retry, but are
 * bounded, so that a broken cluster does not launch for ever.
 *
 * @packageDocumentation
 */
import type { TaskDefinition } from '../pipeline/definition';
import type { FailureClass } from '../pipeline/failureClasses';
import { retryChoice } from './retryPolicy';

/**
 * Relaunches in a row that cost no retry.
 *
 * @public
 */
export const MAX_INFRASTRUCTURE_RETRIES = 5;

/** Delay before the first relaunch; it doubles up to the maximum. */
const INFRASTRUCTURE_DELAY_MS = 1_000;
const MAX_INFRASTRUCTURE_DELAY_MS = 30_000;

/** A retry of an exponential delay is moved by at most this share. */
const JITTER = 0.1;

const NOT_THE_TASKS_FAULT: ReadonlySet<FailureClass> = new Set<FailureClass>([
  'lost',
  'evicted',
  'launch',
]);

/**
 * What repeating does not mend. A missing image is named by the executor only
 * after its own retries. `retryOn` may name `config` and `image` all the same:
 * then they eat a retry like a failure of the task.
 */
const FINAL_FAILURES: Partial<Record<FailureClass, string>> = {
  cancelled: 'it was cancelled',
  queued_timeout: 'another try would only queue for the same again',
  config: 'its configuration is wrong, which no retry mends',
  image: 'its image cannot be had, which no retry mends',
  wait_timeout: 'the time it had to wait is over, which no retry gives back',
  rejected: 'a person said no, which no retry asks again',
};

/** @public */
export type RetryDecision =
  | {
      action: 'retry';
      /** Whether it eats one of the user's `retries` (a new try). */
      countsAsRetry: boolean;
      /** Milliseconds from the failure to the next start. */
      delayMs: number;
    }
  | { action: 'fail'; reason: string }
  | { action: 'skip'; reason: string };

/** @public */
export type RetrySettings = Pick<
  TaskDefinition,
  | 'retries'
  | 'retryDelayMs'
  | 'retryBackoff'
  | 'maxRetryDelayMs'
  | 'retryOn'
  | 'noRetryOn'
>;

/**
 * Milliseconds between the end of a try and the start of the next one.
 *
 * `fixed` is exact, and `maxRetryDelayMs` does not bound it. `exponential`
 * doubles with each try, is moved by up to ten per cent either way so that
 * tasks that failed together do not come back together, and after that never
 * exceeds `maxRetryDelayMs`: those that wait the maximum come back together.
 *
 * @param tryNumber - number of the try that failed, from 1
 * @param random - in [0, 1), drawn by the scheduler once when the try failed:
 * the time it gives is stored, so nothing draws again. 0.5 gives no jitter
 * @public
 */
export function retryDelayMs(
  task: RetrySettings,
  tryNumber: number,
  random: number,
): number {
  if (task.retryBackoff === 'fixed') {
    return task.retryDelayMs;
  }
  // 2 ** 1024 is Infinity, and Infinity times a delay of 0 is NaN.
  const factor = 2 ** Math.min(Math.max(tryNumber - 1, 0), 60);
  const jitter = 1 + (random * 2 - 1) * JITTER;
  return Math.min(
    Math.round(task.retryDelayMs * factor * jitter),
    task.maxRetryDelayMs,
  );
}

/**
 * What a failure leads to.
 *
 * @param options - `tryNumber`: the try that failed, from 1; `retries: n` gives
 * n + 1 tries. `exitCode`: of the process, for lists that name one.
 * `infrastructureRetries`: relaunches without a counted one in between.
 * `random`: in [0, 1), for the jitter, default none.
 * @public
 */
export function decideFailure(options: {
  task: RetrySettings;
  tryNumber: number;
  failure: FailureClass;
  exitCode?: number;
  infrastructureRetries: number;
  random?: number;
}): RetryDecision {
  const { task, tryNumber, failure, infrastructureRetries } = options;
  if (failure === 'skipped_exit') {
    return { action: 'skip', reason: 'it ended with exit code 99' };
  }
  const isInfrastructure = NOT_THE_TASKS_FAULT.has(failure);
  const choice = retryChoice(task, options, isInfrastructure);
  const final = FINAL_FAILURES[failure];
  if (final && choice?.say !== 'retry') {
    return { action: 'fail', reason: final };
  }
  if (choice?.say === 'stop') {
    return { action: 'fail', reason: choice.reason };
  }
  return isInfrastructure
    ? relaunch(failure, infrastructureRetries)
    : nextTry(task, tryNumber, options.random ?? 0.5);
}

function relaunch(
  failure: FailureClass,
  infrastructureRetries: number,
): RetryDecision {
  if (infrastructureRetries >= MAX_INFRASTRUCTURE_RETRIES) {
    return {
      action: 'fail',
      reason: `it was relaunched ${infrastructureRetries} times in a row without success (${failure}), which cost no retry but is not done more often: see to its executor, then clear the task`,
    };
  }
  return {
    action: 'retry',
    countsAsRetry: false,
    delayMs: Math.min(
      INFRASTRUCTURE_DELAY_MS * 2 ** Math.max(infrastructureRetries, 0),
      MAX_INFRASTRUCTURE_DELAY_MS,
    ),
  };
}

function nextTry(
  task: RetrySettings,
  tryNumber: number,
  random: number,
): RetryDecision {
  if (tryNumber > task.retries) {
    return {
      action: 'fail',
      reason:
        task.retries === 0
          ? 'it has no retries'
          : `all ${task.retries + 1} tries failed`,
    };
  }
  return {
    action: 'retry',
    countsAsRetry: true,
    delayMs: retryDelayMs(task, tryNumber, random),
  };
}
