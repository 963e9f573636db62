import { backfillEta, dueHistory, leftOutBecause } from './backfill';

describe('what became of a due time', () => {
  it.each`
    runs                      | history
    ${[]}                     | ${'none'}
    ${['queued']}             | ${'live'}
    ${['running']}            | ${'live'}
    ${['success', 'running']} | ${'live'}
    ${['failed', 'success']}  | ${'success'}
    ${['success', 'failed']}  | ${'success'}
    ${['deleted', 'success']} | ${'success'}
    ${['failed', 'failed']}   | ${'failed'}
    ${['failed', 'deleted']}  | ${'failed'}
    ${['deleted']}            | ${'deleted'}
    ${['deleted', 'queued']}  | ${'live'}
  `('with runs $runs is $history', ({ runs, history }) => {
    expect(dueHistory(runs)).toBe(history);
  });
});

describe('a backfill', () => {
  it.each`
    history      | missing        | failed         | missingOrFailed | all
    ${'none'}    | ${'runs'}      | ${'never_ran'} | ${'runs'}       | ${'runs'}
    ${'failed'}  | ${'failed'}    | ${'runs'}      | ${'runs'}       | ${'runs'}
    ${'success'} | ${'succeeded'} | ${'succeeded'} | ${'succeeded'}  | ${'runs'}
    ${'deleted'} | ${'deleted'}   | ${'deleted'}   | ${'deleted'}    | ${'runs'}
    ${'live'}    | ${'in_flight'} | ${'in_flight'} | ${'in_flight'}  | ${'in_flight'}
  `(
    'does with $history: missing $missing, failed $failed, both $missingOrFailed, all $all',
    ({ history, missing, failed, missingOrFailed, all }) => {
      const decide = (only: Parameters<typeof leftOutBecause>[0]) =>
        leftOutBecause(only, history) ?? 'runs';
      expect([
        decide('missing'),
        decide('failed'),
        decide('missing-or-failed'),
        decide('all'),
      ]).toStrictEqual([missing, failed, missingOrFailed, all]);
    },
  );

  it.each`
    waiting | live | maxActive | typicalMs    | paused   | eta
    ${10}   | ${0} | ${2}      | ${100}       | ${false} | ${1500}
    ${10}   | ${2} | ${2}      | ${100}       | ${false} | ${1550}
    ${3}    | ${0} | ${2}      | ${100}       | ${false} | ${1200}
    ${0}    | ${1} | ${2}      | ${100}       | ${false} | ${1050}
    ${0}    | ${0} | ${2}      | ${100}       | ${false} | ${undefined}
    ${10}   | ${0} | ${2}      | ${undefined} | ${false} | ${undefined}
    ${10}   | ${0} | ${2}      | ${100}       | ${true}  | ${undefined}
  `(
    'with $waiting waiting, $live live of $maxActive, $typicalMs each, paused $paused, is through at $eta',
    ({ eta, ...facts }) => {
      expect(backfillEta({ now: 1000, ...facts })).toBe(eta);
    },
  );
});

it('has an end also while as many wait as run', () => {
  expect(
    backfillEta({
      now: 1_000,
      waiting: 2,
      live: 2,
      maxActive: 2,
      typicalMs: 100,
      paused: false,
    }),
  ).toBe(1_150);
});
