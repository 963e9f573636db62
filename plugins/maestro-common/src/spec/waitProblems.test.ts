import { entity, type Loose } from '../__testUtils__/entity';
import { validatePipeline } from './validatePipeline';

const check = (task: Loose, others: Loose[] = []) =>
  validatePipeline(
    entity(
      {
        defaults: { timeout: 'PT30M', pool: 'gpu' },
        tasks: [...others, { id: 'w', ...task }],
      },
      { metadata: { name: 'own' } },
    ),
  );
const url = 'https://example.org/x';

describe('one mistake in a task that waits, one named problem', () => {
  it.each<[string, Loose, string, string, string?]>([
    // [what, task, path below the task, message, expected]
    ['nothing', { wait: {} }, 'wait', 'waits for nothing', 'one of for, until'],
    [
      'two things at once',
      { wait: { for: 'PT1M', object: { path: '/x' } } },
      'wait',
      'several things: for, object',
      'one of for',
    ],
    [
      'two steps',
      { wait: { for: 'PT1M' }, http: { url } },
      '',
      'has both "wait" and "http"',
      'one of them',
    ],
    [
      'a list of items',
      { wait: { for: 'PT1M' }, map: { over: ['a'] } },
      'map',
      '"map"',
    ],
    [
      'no instant',
      { wait: { until: 'tomorrow' } },
      'wait.until',
      '"tomorrow" is no instant',
      'ISO 8601',
    ],
    [
      'too often',
      { wait: { http: { url }, every: 'PT0.5S' } },
      'wait.every',
      'too often',
      'PT1S',
    ],
    [
      'an unknown key',
      { wait: { http: { url, methd: 'GET' } } },
      'wait.http.methd',
      'did you mean "method"?',
    ],
    [
      'a condition that is sent with POST',
      { wait: { http: { url, method: 'POST' } } },
      'wait.http.method',
      'is "POST"',
      'GET, HEAD',
    ],
    [
      'another scheme',
      { wait: { object: { path: 'gs://bucket/x' } } },
      'wait.object.path',
      '"gs:" cannot be looked at yet',
      'file:///data/x, or s3://bucket/key',
    ],
    ...['s3:raw/x', 's3://raw', 's3:///x', 'S3://${{ vars.x }}/'].map(
      (path): [string, Loose, string, string, string] => [
        `no object of S3: ${path}`,
        { wait: { object: { path } } },
        'wait.object.path',
        `"${path}" names no object of S3`,
        's3://bucket/key',
      ],
    ),
    [
      'a connection of a file',
      { wait: { object: { path: '/data/x', connection: 'aws_default' } } },
      'wait.object.connection',
      'A file needs no connection',
      's3://bucket/key as the path',
    ],
    [
      'no name of a connection',
      { wait: { object: { path: 's3://raw/x', connection: 'two words' } } },
      'wait.object.connection',
      'two words',
    ],
    [
      'a relative path',
      { wait: { object: { path: 'data/x' } } },
      'wait.object.path',
      'not absolute',
    ],
    [
      'itself',
      { wait: { run: { pipeline: 'own' } } },
      'wait.run.pipeline',
      'wait for itself',
    ],
    [
      'two ways to say which run',
      { wait: { run: { pipeline: 'p', within: 'P1D', logicalDate: 'same' } } },
      'wait.run',
      'both "within" and "logicalDate"',
    ],
    [
      'two ways to say which event',
      { wait: { asset: { name: 'x', since: 'ready', within: 'P1D' } } },
      'wait.asset',
      'both "since" and "within"',
    ],
    [
      'no name of an asset',
      { wait: { asset: { name: 'two words' } } },
      'wait.asset.name',
      'is "two words"',
      'letters, digits',
    ],
    ['a path without a host', { http: { url: '/x' } }, 'http.url', 'no host'],
    ['no address', { http: { url: 'ftp://x' } }, 'http.url', 'is no address'],
    [
      'a password in the open',
      { http: { url: 'https://me:secret@x/' } },
      'http.url',
      'holds a password',
      'a connection',
    ],
    [
      'a body nobody reads',
      { http: { url, body: 'x' } },
      'http.body',
      'no body',
    ],
    [
      'a condition that gives no bool',
      { http: { url, expect: '1 + 1' } },
      'http.expect',
      'expected a bool',
    ],
    [
      'a field that no answer has',
      { http: { url, outputs: { x: 'response.code' } } },
      'http.outputs.x',
      'expected one of status, headers, body',
    ],
    [
      'an answer where there is none',
      { http: { url: 'https://x/${{ response.body }}' } },
      'http.url',
      'no "response" here',
    ],
    [
      'outputs of a task that is not upstream',
      {
        http: {
          url,
          method: 'POST',
          body: { a: ['${{ tasks.a.outputs.x }}'] },
        },
      },
      'http.body.a[0]',
      'not upstream of "w"',
    ],
    [
      'a schema that is none',
      { approve: { message: 'm', input: { type: 'array' } } },
      'approve.input',
      'expected "object"',
    ],
    [
      'an approver who is nobody',
      { approve: { message: 'm', approvers: ['ml-team'] } },
      'approve.approvers[0]',
      'names nobody',
      'entity reference',
    ],
    [
      'no time to decide',
      { approve: { message: 'm', timeout: 'PT0S' } },
      'approve.timeout',
      'no time at all',
    ],
    [
      'a run of itself',
      { pipeline: { name: 'own' } },
      'pipeline.name',
      'start its own pipeline again and again',
    ],
    [
      'params of a task that does not exist',
      {
        pipeline: {
          name: 'p',
          params: { a: { b: '${{ tasks.x.outputs.y }}' } },
        },
      },
      'pipeline.params.a.b',
      'task "x", which does not exist',
    ],
  ])('%s', (...row) => {
    const [, task, place, message, expected] = row;
    const result = check(task, [{ id: 'a', run: { command: ['true'] } }]);
    const problems = result.ok ? [] : result.problems;
    const path = `spec.tasks[1]${place && `.${place}`}`;
    expect(problems).toStrictEqual([
      expect.objectContaining({
        path,
        message: expect.stringContaining(message),
      }),
    ]);
    expect(problems[0].expected ?? '').toContain(expected ?? '');
  });

  it.each<[string, Loose, string[]]>([
    [
      'settings that only a process has',
      {
        wait: { for: 'PT1M' },
        executor: 'k8s',
        pool: 'gpu',
        image: 'x',
        resources: { limits: { cpu: '1' } },
        env: { A: 'b' },
      },
      ['executor', 'pool', 'image', 'resources', 'env'].map(
        key =>
          `${key}: "${key}" has no effect: a task of kind "wait" has no process`,
      ),
    ],
    ...['for', 'until'].map((key): [string, Loose, string[]] => [
      `looks while it waits: ${key}`,
      {
        wait: {
          [key]: key === 'for' ? 'PT1M' : '2026-12-01T04:00:00Z',
          every: 'PT1M',
        },
      },
      [
        'wait.every: "every" has no effect: a time is waited for without looking',
      ],
    ]),
  ])('warns of %s', (_, task, expected) => {
    expect(
      check(task).warnings.map(({ path, message }) => `${path}: ${message}`),
    ).toStrictEqual(expected.map(line => `spec.tasks[0].${line}`));
  });

  it('says of a task with two steps only that', () => {
    const both = check({ wait: { for: 'PT1M' }, http: { url }, pool: 'gpu' });
    expect(both).toMatchObject({ ok: false, warnings: [] });
  });
});
