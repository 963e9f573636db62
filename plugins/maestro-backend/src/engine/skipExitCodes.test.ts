import type { AttemptOutcome } from '@maestro/plugin-maestro-node';
import { bySkipExitCodes } from './skipExitCodes';

const success: AttemptOutcome = { result: 'success', exitCode: 0 };
const skipped: AttemptOutcome = { result: 'skipped', exitCode: 99 };
const failed = (failure: 'exit_code' | 'oom', exitCode?: number) =>
  ({ result: 'failed', failure, message: 'm', exitCode } as AttemptOutcome);

it.each<[string, number[] | undefined, AttemptOutcome, string]>([
  ['99 where nothing is said', undefined, skipped, 'skipped'],
  ['99 where none skips', [], skipped, 'failed'],
  ['99 where another one skips', [3], skipped, 'failed'],
  ['99 where it skips', [99], skipped, 'skipped'],
  ['one that skips', [3], failed('exit_code', 3), 'skipped'],
  ['one that does not', [3], failed('exit_code', 4), 'failed'],
  ['0', [99], success, 'success'],
  ['0 where it skips', [0], success, 'skipped'],
  ['memory that ran out', [137], failed('oom', 137), 'failed'],
  ['a failure without one', [1], failed('exit_code'), 'failed'],
])('of exit code %s', (_, skipExitCodes, seen, result) => {
  expect(bySkipExitCodes({ skipExitCodes }, seen).result).toBe(result);
});

it('says of a failure what the executor did not, and keeps outputs', () => {
  expect(
    bySkipExitCodes({ skipExitCodes: [] }, { ...skipped, outputs: '{}' }),
  ).toEqual({
    result: 'failed',
    failure: 'exit_code',
    exitCode: 99,
    outputs: '{}',
    message: 'The command ended with exit code 99; its log says why',
  });
});
