import type { FailureClass } from '@maestro/plugin-maestro-common';

export type { FailureClass };

/** @public */
export interface FailureReport {
  failure: FailureClass;
  /** One sentence for people: what, where, what to do next. */
  message: string;
  /**
   * What was found when it was ended from outside, as a part of a sentence:
   * told behind the reason why it was ended.
   */
  detail?: string;
  /** Name such as SIGKILL, when a signal ended it. */
  signal?: string;
}

/**
 * Thrown by `launch` when it is certain that nothing runs and nothing will.
 *
 * @public
 */
export class ExecutorError extends Error {
  readonly name = 'ExecutorError';

  constructor(
    readonly failure: FailureClass,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/**
 * Thrown by `launch` when it is certain that nothing runs, and the same launch
 * may succeed later without anybody changing the task: a quota is used up. The
 * attempt waits, and `launch` is called again until it succeeds, fails, or the
 * executor says that it waited for too long (`queued_timeout`).
 *
 * @public
 */
export class LaunchLater extends Error {
  readonly name = 'LaunchLater';

  constructor(
    /** What it waits for, in the words of what refused it, for people. */
    message: string,
    readonly options: {
      cause?: unknown;
      /** Milliseconds after which the executor will have waited for too long. */
      giveUpInMs?: number;
    } = {},
  ) {
    super(message, options);
  }
}
