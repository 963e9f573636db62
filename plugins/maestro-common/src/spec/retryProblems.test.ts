import { entity, run, saidOf, type Loose } from '../__testUtils__/entity';
import { validatePipeline } from './validatePipeline';

function validate(
  task: Record<string, unknown>,
  defaults: Record<string, unknown> = {},
) {
  return validatePipeline(
    entity({ defaults, tasks: [{ id: 'a', run, ...task }] }),
  );
}

function problem(...of: Parameters<typeof validate>) {
  const result = validate(...of);
  return result.ok ? undefined : result.problems[0];
}

it('takes classes and exit codes', () => {
  const retryOn = ['oom', 'timeout', 'exit:1', 'exit:75', 'exit:255'];
  expect(validate({ retries: 1, retryOn, noRetryOn: ['lost'] })).toMatchObject({
    ok: true,
    definition: { tasks: [{ retryOn, noRetryOn: ['lost'] }] },
    warnings: [],
  });
});

it.each([
  'OOM',
  'exit:0',
  'exit:99',
  'exit:256',
  'exit: 1',
  'exit:01',
  '75',
  'cancelled',
  'queued_timeout',
  'oomx',
  '',
])('refuses %j', entry => {
  expect(problem({ retryOn: [entry] })).toMatchObject({
    path: 'spec.tasks[0].retryOn[0]',
    expected: expect.stringMatching(/one of exit_code, .*exit:75/),
  });
});

it('refuses what both lists name, wherever the other one is', () => {
  expect(
    problem({ retries: 1, retryOn: ['oom'], noRetryOn: ['oom'] }),
  ).toMatchObject({
    path: 'spec.tasks[0].noRetryOn',
    message: '"oom" is named by both retryOn and noRetryOn',
  });
  expect(
    problem({ retries: 1, retryOn: ['oom'] }, { noRetryOn: ['oom'] }),
  ).toMatchObject({ path: 'spec.tasks[0].retryOn' });
});

it.each<[string, Record<string, unknown>, string]>([
  ['retries that there are not', { retryOn: ['oom'] }, 'no retries'],
  [
    'a delay above its maximum',
    { retryBackoff: 'exponential', retryDelay: 'PT2H' },
    'longer than maxRetryDelay',
  ],
])('warns of %s', (_, task, message) => {
  expect(validate(task)).toMatchObject({
    ok: true,
    warnings: [{ message: expect.stringContaining(message) }],
  });
});

it('a queued timeout is a time, and branches have none', () => {
  expect(problem({ queuedTimeout: 'PT0S' })).toMatchObject({
    path: 'spec.tasks[0].queuedTimeout',
    message: '"PT0S" is no time at all',
  });
  expect(validate({}, { queuedTimeout: 'PT10M' })).toMatchObject({
    definition: { tasks: [{ queuedTimeoutMs: 600_000 }] },
  });
});

const longer =
  'retryDelay is longer than maxRetryDelay, which an exponential delay never exceeds';
const unused = 'retryOn has no effect, because the task has no retries';
const exponential = { retryBackoff: 'exponential' };

it.each<[string, Loose, Loose, string[]]>([
  // [what, task, defaults, what is said of it]
  ['no class at all', { retryOn: [] }, {}, []],
  [
    'classes of no retries',
    { retryOn: ['oom'] },
    {},
    [`warning: spec.tasks[0].retryOn: ${unused}`],
  ],
  ['classes of the defaults', {}, { retryOn: ['oom'] }, []],
  ['classes of a task', { retryOn: ['oom'] }, { retries: 1 }, []],
  [
    'lists of the defaults that contradict each other',
    {},
    { retries: 1, retryOn: ['oom'], noRetryOn: ['lost', 'oom'] },
    [
      'spec.defaults.noRetryOn: "oom" is named by both retryOn and noRetryOn (expected one of them)',
    ],
  ],
  [
    'lists with nothing in common',
    { retries: 1, retryOn: ['oom'] },
    { noRetryOn: ['lost'] },
    [],
  ],
  [
    'classes that are no list',
    { retries: 1, retryOn: 'oom' },
    {},
    ['spec.tasks[0].retryOn: is "oom" (expected a list)'],
  ],
  [
    'a delay above its maximum',
    { ...exponential, retryDelay: 'PT2M', maxRetryDelay: 'PT1M' },
    {},
    [`warning: spec.tasks[0].retryDelay: ${longer}`],
  ],
  [
    'a delay above the maximum that is always',
    { ...exponential, retryDelay: 'PT1H1S' },
    {},
    [`warning: spec.tasks[0].retryDelay: ${longer}`],
  ],
  [
    'a delay of the defaults above its maximum',
    exponential,
    { retryDelay: 'PT2M', maxRetryDelay: 'PT1M' },
    [`warning: spec.tasks[0].retryBackoff: ${longer}`],
  ],
  [
    'a maximum of a task below the delay of the defaults',
    { maxRetryDelay: 'PT1M' },
    { ...exponential, retryDelay: 'PT2M' },
    [`warning: spec.tasks[0].retryBackoff: ${longer}`],
  ],
  [
    'defaults, once',
    {},
    { ...exponential, retryDelay: 'PT2M', maxRetryDelay: 'PT1M' },
    [`warning: spec.defaults.retryDelay: ${longer}`],
  ],
  [
    'a delay that is its maximum',
    { ...exponential, retryDelay: 'PT1M', maxRetryDelay: 'PT1M' },
    {},
    [],
  ],
  ['an exponential delay alone', exponential, {}, []],
  [
    'a delay below its maximum',
    { ...exponential, retryDelay: 'PT1M', maxRetryDelay: 'PT2M' },
    {},
    [],
  ],
  ['a fixed delay', { retryDelay: 'PT2M', maxRetryDelay: 'PT1M' }, {}, []],
  [
    'a delay that is no text',
    { ...exponential, retryDelay: 5 },
    {},
    ['spec.tasks[0].retryDelay: is 5 (number) (expected a text)'],
  ],
])('says of %s', (_, task, defaults, said) => {
  expect(
    saidOf({ defaults, tasks: [{ id: 'a', run, ...task }] }),
  ).toStrictEqual(said);
});
