import {
  nameActors,
  isFinalRunState,
  isFinalTaskState,
  type Attempt,
  type RunState,
  type TaskState,
} from '@maestro/plugin-maestro-common';

/**
 * Why an attempt ended, or does not run yet, in one sentence; undefined when
 * there is nothing to say.
 */
export function whyEnded(attempt: Attempt): string | undefined {
  if (attempt.state !== 'ended') {
    if (attempt.cancelReason) {
      return `is being ended: ${nameActors(attempt.cancelReason)}`;
    }
    return attempt.message && attempt.state !== 'running'
      ? `waits: ${attempt.message}`
      : undefined;
  }
  if (attempt.followUp?.deferral && attempt.result === 'success') {
    return 'deferred itself';
  }
  if (attempt.followUp?.action === 'reschedule') {
    return 'looked, and what it waits for had not come';
  }
  if (attempt.result === 'success') {
    return 'succeeded';
  }
  const exit = [
    attempt.exitCode !== undefined ? `exit code ${attempt.exitCode}` : '',
    attempt.signal ? `signal ${attempt.signal}` : '',
  ]
    .filter(Boolean)
    .join(', ');
  const reasons = [
    nameActors(
      attempt.message ?? attempt.cancelReason ?? attempt.failure ?? '',
    ),
    // Often the message is just that.
    exit && !attempt.message?.includes(exit) ? exit : '',
  ].filter(Boolean);
  const what = attempt.result === 'skipped' ? 'skipped' : 'failed';
  return reasons.length > 0 ? `${what}: ${reasons.join(', ')}` : what;
}

/**
 * What followed from the failure of an attempt, without when: its class,
 * whether it ate a retry, or why there is no other try. Undefined for one that
 * did not fail, or that ended before this was kept.
 */
export function whatFollowed(attempt: Attempt): string | undefined {
  const { failure, followUp } = attempt;
  if (!followUp || !failure) return undefined;
  const of = `Failure class ${failure}`;
  if (followUp.action === 'retry') {
    return followUp.counted
      ? `${of}: it counts as one of the retries.`
      : `${of}: not the task's fault, so it costs no retry.`;
  }
  return followUp.reason
    ? `${of}: not repeated, because ${followUp.reason}.`
    : `${of}.`;
}

/** Why an attempt costs no retry, as an addition; empty for one that does. */
export function whyNoRetry({ countsAsRetry, resumeNo }: Attempt): string {
  if (countsAsRetry) return '';
  return resumeNo
    ? ' (it went on with this try after it had waited)'
    : ' (a relaunch, which cost no retry)';
}

/** State of an attempt as a state of a task, for colour and icon. */
export function attemptState(attempt: Attempt) {
  if (attempt.followUp?.deferral && attempt.result === 'success') {
    return 'deferred';
  }
  if (attempt.followUp?.action === 'reschedule') {
    return 'up_for_reschedule';
  }
  if (attempt.state === 'ended') {
    return attempt.result ?? 'failed';
  }
  return attempt.state === 'running' ? 'running' : 'queued';
}

/** A command as one would type it: quoted only where a shell needs it. */
export function commandLine(command: readonly string[]): string {
  return command
    .map(word =>
      /^[A-Za-z0-9_@%+=:,./-]+$/.test(word)
        ? word
        : `'${word.replace(/'/g, `'\\''`)}'`,
    )
    .join(' ');
}

/** Why there is nothing to show of a task that no attempt was made of. */
export function noAttemptWords(task: TaskState, run: RunState): string {
  return isFinalTaskState(task) || isFinalRunState(run)
    ? 'Nothing was started for this task, so there is no log.'
    : 'Nothing was started for this task yet, so there is no log.';
}
