import type { AttemptOutcome } from '@maestro/plugin-maestro-node';
import { type DeclaredOutcome, outcomeDeclared } from './declaredOutcome';

const done: AttemptOutcome = { result: 'success', exitCode: 0 };
const killed: AttemptOutcome = {
  result: 'failed',
  failure: 'signal',
  signal: 'SIGKILL',
  message: 'ended by SIGKILL',
};
const code: AttemptOutcome = {
  result: 'failed',
  failure: 'exit_code',
  exitCode: 1,
  message: 'exit code 1',
};
const oom: AttemptOutcome = {
  result: 'failed',
  failure: 'oom',
  message: 'no memory left',
};
const lost: AttemptOutcome = {
  result: 'failed',
  failure: 'lost',
  message: 'its host is gone',
};
// TERM makes the task say that it failed.
const evicted: AttemptOutcome = {
  result: 'failed',
  failure: 'evicted',
  message: 'its node was drained',
};
const success: DeclaredOutcome = { declared: 'success' };
const failed: DeclaredOutcome = { declared: 'failed', final: false };

describe('what a task said of itself, and how its process ended', () => {
  it.each([
    ['success, ends', success, done, 'success'],
    ['success, is killed', success, killed, 'success'],
    ['success, runs out of memory then', success, oom, 'success'],
    ['skipped, ends', { declared: 'skipped' }, done, 'skipped'],
    ['skipped, is killed', { declared: 'skipped' }, killed, 'skipped'],
    ['failed, ends with 0', failed, done, 'exit_code'],
    ['failed, ends with 1', failed, code, 'exit_code'],
    ['failed, because a signal ended it', failed, killed, 'exit_code'],
    ['failed, because memory ran out', failed, oom, 'oom'],
    ['failed, and its host is lost', failed, lost, 'exit_code'],
    ['failed, because its pod was evicted', failed, evicted, 'evicted'],
    ['success, and its pod is evicted then', success, evicted, 'success'],
    ['nothing, and its host is lost', undefined, lost, 'lost'],
    ['nothing, ends with 0', undefined, done, 'exit_code'],
    ['nothing, ends with 1', undefined, code, 'exit_code'],
    ['nothing, is killed', undefined, killed, 'signal'],
    ['nothing, runs out of memory', undefined, oom, 'oom'],
  ] as const)('%s', (_, declared, seen, expected) => {
    const outcome = outcomeDeclared(declared, seen);
    expect(outcome.result === 'failed' ? outcome.failure : outcome.result).toBe(
      expected,
    );
  });

  it('is no success when it wanted to look again and cannot any more', () => {
    const later: DeclaredOutcome = { declared: 'reschedule', at: 1 };
    expect(outcomeDeclared(later, done)).toMatchObject({ result: 'success' });
    expect(outcomeDeclared(later, done, false)).toEqual({
      result: 'failed',
      failure: 'cancelled',
      message: 'the run was cancelled',
    });
  });

  it('shows the reason of a failure that the task gave', () => {
    expect(
      outcomeDeclared({ ...failed, message: 'no data yet' }, done),
    ).toMatchObject({ message: 'no data yet' });
  });
});
