import { entity, type Loose } from '../__testUtils__/entity';
import { validatePipeline } from './validatePipeline';

const check = (task: Loose) =>
  validatePipeline(entity({ tasks: [{ id: 'w', ...task }] }));
const url = 'https://example.org/x';

describe('addresses, paths, instants and people', () => {
  it.each<[string, Loose, string, string, string?]>([
    // [what, task, path below the task, message, expected]
    [
      'an address of a condition without a host',
      { wait: { http: { url: '/x' } } },
      'wait.http.url',
      '"/x" names no host',
      'https://…, or a connection',
    ],
    [
      'a long text that is no instant, in short',
      { wait: { until: 'x'.repeat(70) } },
      'wait.until',
      `"${'x'.repeat(60)}" is no instant`,
    ],
    [
      'a long relative path, in short',
      { wait: { object: { path: 'x'.repeat(70) } } },
      'wait.object.path',
      `"${'x'.repeat(60)}" is not absolute`,
    ],
    [
      'an address as a path',
      { wait: { object: { path: 'HTTPS://x/y' } } },
      'wait.object.path',
      '"HTTPS:" cannot be looked at yet',
    ],
    [
      'a long path without a host, in short',
      { http: { url: `/${'x'.repeat(70)}` } },
      'http.url',
      `"/${'x'.repeat(59)}" names no host`,
    ],
    [
      'a long text that is no address, in short',
      { http: { url: 'x'.repeat(70) } },
      'http.url',
      `"${'x'.repeat(60)}" is no address`,
    ],
    [
      'an address after a word',
      { http: { url: `see ${url}` } },
      'http.url',
      `"see ${url}" is no address`,
    ],
    [
      'a password in the open, without encryption',
      { http: { url: 'HTTP://me:secret@x' } },
      'http.url',
      'holds a password',
    ],
    [
      'a body of GET',
      { http: { url, method: 'GET', body: 'x' } },
      'http.body',
      'A GET request has no body',
      'method: POST, PUT or PATCH',
    ],
    [
      'a body of HEAD',
      { http: { url, method: 'HEAD', body: 'x' } },
      'http.body',
      'A HEAD request has no body',
    ],
    ...(
      [
        ['a word before it', 'the user:default/ada', 60],
        ['a word after it', 'user:default/ada too', 60],
        ['no name', 'group:default/', 60],
        ['a service behind a word', 'my service:ci', 60],
        ['a service of two words', 'service:ci too', 60],
        ['a service without a name', 'service:', 60],
        ['a long name, in short', 'x'.repeat(70), 60],
      ] as const
    ).map(([what, ref, most]): [string, Loose, string, string] => [
      `an approver with ${what}`,
      { approve: { message: 'm', approvers: ['user:default/ada', ref] } },
      'approve.approvers[1]',
      `"${ref.slice(0, most)}" names nobody`,
    ]),
    // What is of another type is named once, by the schema.
    ['a wait that is empty', { wait: null }, 'wait', 'empty (null)'],
    [
      'a number as path',
      { wait: { object: { path: 5 } } },
      'wait.object.path',
      'is 5 (number)',
    ],
    ['a number as address', { http: { url: 5 } }, 'http.url', 'is 5 (number)'],
    [
      'a number as the time between two looks',
      { wait: { http: { url }, every: 5 } },
      'wait.every',
      'is 5 (number)',
    ],
    [
      'a word as the time between two looks',
      { wait: { http: { url }, every: 'often' } },
      'wait.every',
      'is "often"',
    ],
    [
      'a number as input',
      { approve: { message: 'm', input: 5 } },
      'approve.input',
      'is 5 (number)',
    ],
    [
      'a number as approver',
      { approve: { message: 'm', approvers: [5] } },
      'approve.approvers[0]',
      'is 5 (number)',
    ],
    [
      'a number as condition',
      { http: { url, expect: 5 } },
      'http.expect',
      'is 5 (number)',
    ],
  ])('%s', (...row) => {
    const [, task, place, message, expected] = row;
    const result = check(task);
    const problems = result.ok ? [] : result.problems;
    expect(problems).toStrictEqual([
      expect.objectContaining({
        path: `spec.tasks[0].${place}`,
        message: expect.stringContaining(message),
      }),
    ]);
    expect(problems[0].expected).toContain(expected ?? '');
    expect(result.warnings).toStrictEqual([]);
  });

  it.each<Loose>([
    { run: { command: ['true'] }, pool: 'gpu', image: 'x', env: { A: 'b' } },
    { wait: { for: 'PT1M' } },
    { wait: { until: '2026-12-01T04:00:00Z' } },
    { wait: { until: '${{ run.data_interval_end }}' } },
    { wait: { http: { url: 'http://x/' }, every: 'PT1S' } },
    { wait: { http: { url: 'HTTPS://x/?next=https://a@b' }, every: 'PT1M' } },
    { wait: { http: { url: '/x', connection: 'c' } } },
    { wait: { object: { path: '/data/s3:/x' } } },
    { wait: { object: { path: 'file:///data/x' } } },
    { wait: { object: { path: 'FILE:///data/x' } } },
    { wait: { object: { path: '${{ vars.dir }}/x' } } },
    { wait: { object: { path: '${{ vars.dir }}/x', connection: 'lake' } } },
    { wait: { object: { path: 's3://raw/x' } } },
    { wait: { object: { path: 's3://raw/x y?#', connection: 'lake' } } },
    { wait: { object: { path: 's3://${{ vars.b }}/${{ run.id }}' } } },
    { wait: { run: { pipeline: 'p', within: 'P1D' } } },
    { wait: { run: { pipeline: 'p', logicalDate: 'same' } } },
    { wait: { asset: { name: 'x' } } },
    { wait: { asset: { name: 'x', since: 'ready' } } },
    { wait: { asset: { name: 'x', within: 'P1D' } } },
    { http: { url: '${{ vars.host }}/x' } },
    { http: { url, method: 'POST', body: { a: [1, null, '${{ run.id }}'] } } },
    { approve: { message: 'm', timeout: 'PT1H', input: { properties: {} } } },
    {
      approve: {
        message: 'm',
        approvers: ['USER:default/ada', 'group:default/ml', 'service:ci'],
      },
    },
    { pipeline: { name: 'other' } },
  ])('says nothing about %j', task => {
    expect(check(task)).toMatchObject({ ok: true, warnings: [] });
  });
});
