import type { TaskDefinition } from '@maestro/plugin-maestro-common';
import type { AttemptOutcome } from '@maestro/plugin-maestro-node';

/**
 * What a command came to by the exit codes with which its task skips itself,
 * where it names some; executors know Maestro's own (99) only.
 */
export function bySkipExitCodes(
  { skipExitCodes }: Pick<TaskDefinition, 'skipExitCodes'>,
  seen: AttemptOutcome,
): AttemptOutcome {
  if (!skipExitCodes || seen.exitCode === undefined) return seen;
  const { exitCode } = seen;
  const ended = seen.result !== 'failed' || seen.failure === 'exit_code';
  if (ended && skipExitCodes.includes(exitCode)) {
    const { outputs } = seen;
    return {
      result: 'skipped',
      exitCode,
      ...(outputs === undefined ? {} : { outputs }),
    };
  }
  if (seen.result !== 'skipped') return seen;
  return {
    ...seen,
    result: 'failed',
    failure: 'exit_code',
    message: `The command ended with exit code ${exitCode}; its log says why`,
  };
}
