import fc from 'fast-check';
import { FAILURE_CLASSES, type FailureClass } from '../pipeline/failureClasses';
import { decideFailure, retryDelayMs } from './retries';

const task = {
  retries: 2,
  retryDelayMs: 300_000,
  retryBackoff: 'fixed' as const,
  maxRetryDelayMs: 3_600_000,
};
const exponential = { ...task, retryBackoff: 'exponential' as const };

describe('retryDelayMs', () => {
  it('is exact when fixed', () => {
    expect([1, 2, 9].map(n => retryDelayMs(task, n, 0.99))).toStrictEqual([
      300_000, 300_000, 300_000,
    ]);
  });

  it('doubles up to the maximum', () => {
    expect(
      [1, 2, 3, 4, 5, 6].map(n => retryDelayMs(exponential, n, 0.5)),
    ).toStrictEqual([
      300_000, 600_000, 1_200_000, 2_400_000, 3_600_000, 3_600_000,
    ]);
  });

  it.each([
    ['the least', 0, 270_000],
    ['the middle', 0.5, 300_000],
    ['nearly the most', 0.75, 315_000],
  ])('is moved with what is drawn: %s', (_, random, delay) => {
    expect(retryDelayMs(exponential, 1, random)).toBe(delay);
  });

  it('is not moved where nothing is drawn', () => {
    const decision = {
      task: exponential,
      tryNumber: 1,
      failure: 'exit_code' as const,
      infrastructureRetries: 0,
    };
    expect(decideFailure(decision)).toStrictEqual({
      action: 'retry',
      countsAsRetry: true,
      delayMs: 300_000,
    });
    expect(decideFailure({ ...decision, random: 0.75 })).toMatchObject({
      delayMs: 315_000,
    });
  });

  it('moves by at most ten per cent and stays in bounds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 0, max: 86_400_000 }),
        (tryNumber, random, retryDelay) => {
          const settings = { ...exponential, retryDelayMs: retryDelay };
          const delay = retryDelayMs(settings, tryNumber, random);
          const middle = retryDelay * 2 ** Math.min(tryNumber - 1, 60);
          expect(delay).toBeGreaterThanOrEqual(
            Math.min(middle * 0.9, settings.maxRetryDelayMs) - 1,
          );
          expect(delay).toBeLessThanOrEqual(
            Math.min(middle * 1.1 + 1, settings.maxRetryDelayMs),
          );
        },
      ),
    );
  });
});

describe('decideFailure', () => {
  const decide = (
    failure: FailureClass,
    tryNumber = 1,
    infrastructureRetries = 0,
  ) => decideFailure({ task, failure, tryNumber, infrastructureRetries });

  it.each([
    'exit_code',
    'signal',
    'timeout',
    'oom',
    'outputs',
    'log_limit',
  ] as const)('%s eats a retry: two retries are three tries', failure => {
    const retry = { action: 'retry', countsAsRetry: true, delayMs: 300_000 };
    expect(decide(failure, 1)).toStrictEqual(retry);
    expect(decide(failure, 2)).toStrictEqual(retry);
    expect(decide(failure, 3)).toStrictEqual({
      action: 'fail',
      reason: 'all 3 tries failed',
    });
  });

  it.each(['lost', 'evicted', 'launch'] as const)(
    '%s costs no retry, also after the last try, but not for ever',
    failure => {
      const delays = [0, 1, 2, 3, 4].map(n => decide(failure, 3, n));
      expect(delays).toStrictEqual(
        [1, 2, 4, 8, 16].map(seconds => ({
          action: 'retry',
          countsAsRetry: false,
          delayMs: seconds * 1000,
        })),
      );
      expect(decide(failure, 1, 5)).toStrictEqual({
        action: 'fail',
        reason: expect.stringMatching(
          new RegExp(
            `relaunched 5 times in a row without success \\(${failure}\\).*clear the task`,
          ),
        ),
      });
    },
  );

  it.each(['cancelled', 'config', 'image'] as const)(
    '%s is never repeated',
    failure => {
      expect(decide(failure)).toMatchObject({ action: 'fail' });
    },
  );

  it('exit code 99 is a skip, not a failure', () => {
    expect(decide('skipped_exit')).toMatchObject({ action: 'skip' });
  });

  it('without retries the first failure is the last', () => {
    expect(
      decideFailure({
        task: { ...task, retries: 0 },
        failure: 'exit_code',
        tryNumber: 1,
        infrastructureRetries: 0,
      }),
    ).toStrictEqual({ action: 'fail', reason: 'it has no retries' });
  });

  it('ends after a bounded number of launches, whatever happens', () => {
    const worst: number[] = [];
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.constantFrom<FailureClass>(...FAILURE_CLASSES)),
        failures => {
          let tryNumber = 1;
          let inARow = 0;
          // Three tries with five relaunches each, and the first launches.
          let launches = 0;
          for (;;) {
            launches++;
            const decision = decideFailure({
              task,
              tryNumber,
              failure: failures.next().value!,
              infrastructureRetries: inARow,
            });
            if (decision.action !== 'retry') break;
            tryNumber += decision.countsAsRetry ? 1 : 0;
            inARow = decision.countsAsRetry ? 0 : inARow + 1;
          }
          worst.push(launches);
        },
      ),
    );
    expect(Math.max(...worst)).toBeLessThanOrEqual(18);
  });
});
