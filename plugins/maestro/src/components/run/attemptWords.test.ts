import { attemptOf } from '../../__testUtils__/fixtures';
import {
  attemptState,
  commandLine,
  whatFollowed,
  whyEnded,
  whyNoRetry,
} from './attemptWords';

describe('whyEnded', () => {
  it('says everything once', () => {
    expect(whyEnded(attemptOf('a', 1))).toBe('failed: exit code 1');
    expect(
      whyEnded(
        attemptOf('a', 1, {
          message: 'ran longer than 30 minutes',
          exitCode: undefined,
          signal: 'SIGKILL',
        }),
      ),
    ).toBe('failed: ran longer than 30 minutes, signal SIGKILL');
    expect(
      whyEnded(
        attemptOf('a', 1, {
          message: undefined,
          failure: undefined,
          exitCode: undefined,
        }),
      ),
    ).toBe('failed');
    expect(whyEnded(attemptOf('a', 1, { result: 'success' }))).toBe(
      'succeeded',
    );
    expect(
      whyEnded(
        attemptOf('a', 1, {
          result: 'skipped',
          message: undefined,
          exitCode: 99,
        }),
      ),
    ).toBe('skipped: exit_code, exit code 99');
  });

  it('is nothing while it runs, except that it waits or is being ended', () => {
    const running = attemptOf('a', 1, { state: 'running', result: undefined });
    expect(whyEnded(running)).toBeUndefined();
    expect(
      whyEnded({ ...running, cancelReason: 'cancelled by user:default/ada' }),
    ).toBe('is being ended: cancelled by ada');
    const waiting = { ...running, state: 'claimed' as const };
    expect(whyEnded({ ...waiting, message: 'exceeded quota: none' })).toBe(
      'waits: exceeded quota: none',
    );
    expect(attemptState(running)).toBe('running');
    expect(attemptState({ ...running, state: 'claimed' })).toBe('queued');
  });
});

it('a deferral is no failure, and no look', () => {
  const deferred = attemptOf('a', 1, {
    result: 'success',
    followUp: {
      action: 'reschedule',
      deferral: { trigger: 'some.Trigger', method: 'go_on', at: 1 },
    },
  });
  expect(whyEnded(deferred)).toBe('deferred itself');
  expect(attemptState(deferred)).toBe('deferred');
});

describe('whatFollowed', () => {
  const followed = (
    failure: string | undefined,
    followUp: Parameters<typeof whatFollowed>[0]['followUp'],
  ) => whatFollowed(attemptOf('a', 1, { failure, followUp }));

  it.each([
    [
      'oom',
      { action: 'retry', counted: true, nextTryAt: 1 },
      'Failure class oom: it counts as one of the retries.',
    ],
    [
      'evicted',
      { action: 'retry', counted: false, nextTryAt: 1 },
      "Failure class evicted: not the task's fault, so it costs no retry.",
    ],
    [
      'exit_code',
      { action: 'fail', reason: 'noRetryOn names exit:2' },
      'Failure class exit_code: not repeated, because noRetryOn names exit:2.',
    ],
    ['signal', undefined, undefined],
    [undefined, undefined, undefined],
  ] as const)('%s %j', (failure, followUp, words) => {
    expect(followed(failure, followUp)).toBe(words);
  });
});

describe('commandLine', () => {
  it.each([
    [['python', 'train.py', '--trees=3'], 'python train.py --trees=3'],
    [['sh', '-c', 'echo "a b"; exit'], `sh -c 'echo "a b"; exit'`],
    [['echo', "it's", ''], `echo 'it'\\''s' ''`],
  ])('%j', (command, line) => {
    expect(commandLine(command)).toBe(line);
  });
});

it.each([
  [{ countsAsRetry: true }, ''],
  [{ countsAsRetry: false }, ' (a relaunch, which cost no retry)'],
  [
    { countsAsRetry: false, resumeNo: 2 },
    ' (it went on with this try after it had waited)',
  ],
])('says why an attempt costs no retry: %j', (rest, words) => {
  expect(whyNoRetry(attemptOf('a', 1, rest))).toBe(words);
});
