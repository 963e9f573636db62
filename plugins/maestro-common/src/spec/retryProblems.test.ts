import { entity, run } from '../__testUtils__/entity';
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
