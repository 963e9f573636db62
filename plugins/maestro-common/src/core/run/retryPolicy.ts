/**
 * Which failures a pipeline wants repeated: `retryOn` and `noRetryOn`.
 *
 * @packageDocumentation
 */
import type { TaskDefinition } from '../pipeline/definition';
import { FAILURE_CLASSES, type FailureClass } from '../pipeline/failureClasses';

/**
 * What cannot be chosen: somebody ended it, it is no failure at all, or
 * waiting again would only be more of the same.
 */
const NOT_FOR_POLICIES: ReadonlySet<FailureClass> = new Set<FailureClass>([
  'cancelled',
  'skipped_exit',
  'queued_timeout',
  'wait_timeout',
  'rejected',
]);

/**
 * Classes that `retryOn` and `noRetryOn` may name.
 *
 * @public
 */
export const RETRY_CLASSES: readonly FailureClass[] = FAILURE_CLASSES.filter(
  failure => !NOT_FOR_POLICIES.has(failure),
);

/** The settings that choose. @public */
export type RetryChoice = Pick<TaskDefinition, 'retryOn' | 'noRetryOn'>;

/**
 * What the lists of a task say about a failure.
 *
 * An exact exit code says more than its class; of the same exactness,
 * `noRetryOn` wins. With a list `retryOn`, what it does not name is not
 * repeated. It chooses among the failures of the task only: what the
 * infrastructure did is relaunched unless `noRetryOn` names it.
 *
 * @returns `retry`: named as worth repeating; `stop`: not to be repeated,
 * with the reason; undefined: nothing is said
 * @public
 */
export function retryChoice(
  { retryOn, noRetryOn }: RetryChoice,
  failure: { failure: FailureClass; exitCode?: number },
  isInfrastructure: boolean,
): { say: 'retry' } | { say: 'stop'; reason: string } | undefined {
  // The codes of a process that ended by itself; of one that Maestro ended
  // (timeout, log limit) the code says nothing.
  const endedByItself = ['exit_code', 'signal', 'oom'].includes(
    failure.failure,
  );
  const entries = [
    ...(endedByItself && failure.exitCode !== undefined
      ? [`exit:${failure.exitCode}`]
      : []),
    failure.failure,
  ];
  for (const entry of entries) {
    if (noRetryOn?.includes(entry)) {
      return { say: 'stop', reason: `noRetryOn names ${entry}` };
    }
    if (retryOn?.includes(entry)) return { say: 'retry' };
  }
  if (retryOn === undefined || isInfrastructure) return undefined;
  return {
    say: 'stop',
    reason: `retryOn does not name ${entries.join(' or ')}`,
  };
}
