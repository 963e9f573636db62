import { FAILURE_CLASSES, type FailureClass } from '../pipeline/failureClasses';
import { decideFailure } from './retries';
import { RETRY_CLASSES } from './retryPolicy';

interface Policy {
  retryOn?: string[];
  noRetryOn?: string[];
}

function decide(
  policy: Policy,
  failure: FailureClass,
  rest: { exitCode?: number; tryNumber?: number; retries?: number } = {},
) {
  const { exitCode, tryNumber = 1, retries = 1 } = rest;
  const decision = decideFailure({
    task: {
      retries,
      retryDelayMs: 60_000,
      retryBackoff: 'fixed',
      maxRetryDelayMs: 3_600_000,
      ...policy,
    },
    tryNumber,
    failure,
    exitCode,
    infrastructureRetries: 0,
  });
  if (decision.action !== 'retry') {
    return `${decision.action}: ${decision.reason}`;
  }
  return decision.countsAsRetry ? 'retry, counted' : 'retry, free';
}

/** `+` a retry that counts, `o` one that does not, `x` fails, `s` skips. */
function sign(policy: Policy, failure: FailureClass): string {
  const said = decide(policy, failure, { exitCode: 1 });
  return (
    { 'retry, counted': '+', 'retry, free': 'o' }[said] ??
    {
      f: 'x',
      s: 's',
    }[said[0]]!
  );
}

describe('class × policy', () => {
  const policies: Policy[] = [
    {},
    { retryOn: ['oom', 'timeout'] },
    { retryOn: ['image', 'config', 'evicted'] },
    { retryOn: [] },
    { noRetryOn: ['oom', 'lost', 'outputs'] },
    { retryOn: ['oom', 'signal'], noRetryOn: ['oom'] },
    { retryOn: ['exit:1'] },
    { noRetryOn: ['exit:1'] },
  ];

  it.each<[FailureClass, string]>([
    //               {}  oom+ img+ none no   both e:1  no e:1
    ['exit_code', '   +   x   x    x    +    x    +    x'],
    ['signal', '      +   x   x    x    +    +    +    x'],
    ['timeout', '     +   +   x    x    +    x    x    +'],
    ['oom', '         +   +   x    x    x    x    +    x'],
    ['evicted', '     o   o   o    o    o    o    o    o'],
    ['image', '       x   x   +    x    x    x    x    x'],
    ['config', '      x   x   +    x    x    x    x    x'],
    ['launch', '      o   o   o    o    o    o    o    o'],
    ['lost', '        o   o   o    o    x    o    o    o'],
    ['outputs', '     +   x   x    x    x    x    x    +'],
    ['log_limit', '   +   x   x    x    +    x    x    +'],
    ['cancelled', '   x   x   x    x    x    x    x    x'],
    ['queued_timeout', 'x x   x    x    x    x    x    x'],
    ['skipped_exit', 's   s   s    s    s    s    s    s'],
  ])('%s', (failure, row) => {
    expect(policies.map(policy => sign(policy, failure))).toStrictEqual(
      row.trim().split(/\s+/),
    );
  });

  it('knows every class', () => {
    expect([...RETRY_CLASSES].sort()).toStrictEqual(
      FAILURE_CLASSES.filter(
        failure =>
          ![
            'cancelled',
            'skipped_exit',
            'queued_timeout',
            'wait_timeout',
            'rejected',
          ].includes(failure),
      ).sort(),
    );
  });
});

describe('an exact exit code', () => {
  it.each<[string, Policy, number, string]>([
    ['is repeated', { retryOn: ['exit:75'] }, 75, 'retry, counted'],
    [
      'is not another one',
      { retryOn: ['exit:75'] },
      7,
      'fail: retryOn does not name exit:7 or exit_code',
    ],
    [
      'says more than its class',
      { retryOn: ['exit:75'], noRetryOn: ['exit_code'] },
      75,
      'retry, counted',
    ],
    [
      'also where it is not repeated',
      { retryOn: ['exit_code'], noRetryOn: ['exit:2'] },
      2,
      'fail: noRetryOn names exit:2',
    ],
    [
      'leaves the others to their class',
      { retryOn: ['exit_code'], noRetryOn: ['exit:2'] },
      3,
      'retry, counted',
    ],
  ])('%s', (_, policy, exitCode, said) => {
    expect(decide(policy, 'exit_code', { exitCode })).toBe(said);
  });

  it('says nothing of a process that Maestro ended', () => {
    const policy = { retryOn: ['exit:143'] };
    expect(decide(policy, 'signal', { exitCode: 143 })).toBe('retry, counted');
    expect(decide(policy, 'timeout', { exitCode: 143 })).toBe(
      'fail: retryOn does not name timeout',
    );
  });
});

it('what is worth a retry still has no more tries than the task', () => {
  const policy = { retryOn: ['oom', 'image'] };
  expect(decide(policy, 'oom', { tryNumber: 2 })).toBe(
    'fail: all 2 tries failed',
  );
  expect(decide(policy, 'image', { tryNumber: 1, retries: 0 })).toBe(
    'fail: it has no retries',
  );
});
