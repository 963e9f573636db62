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
