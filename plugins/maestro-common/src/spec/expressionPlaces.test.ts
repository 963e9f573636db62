import { run, saidOf, type Loose } from '../__testUtils__/entity';

const waitsFor = (task: Loose) => ({ tasks: [{ id: 'w', ...task }] });
const url = 'https://example.org/x';

it.each<[string, Loose, string]>([
  // [where, spec, path]: each is looked at, and found where it stands
  ['a list', { tasks: [{ id: 'a', run, map: { over: '1 +' } }] }, 'map.over'],
  [
    'the environment of a task',
    { tasks: [{ id: 'a', run, env: { A: '${{ 1 + }}' } }] },
    'env.A',
  ],
  [
    'the key of a cache',
    { tasks: [{ id: 'a', run, cache: { key: '${{ 1 + }}' } }] },
    'cache.key',
  ],
  ['an instant', waitsFor({ wait: { until: '${{ 1 + }}' } }), 'wait.until'],
  [
    'a file',
    waitsFor({ wait: { object: { path: '/x/${{ 1 + }}' } } }),
    'wait.object.path',
  ],
  [
    'an object of S3',
    waitsFor({ wait: { object: { path: 's3://raw/${{ 1 + }}' } } }),
    'wait.object.path',
  ],
  [
    'a question',
    waitsFor({ approve: { message: '${{ 1 + }}?' } }),
    'approve.message',
  ],
  [
    'an address that is asked',
    waitsFor({ wait: { http: { url: `${url}/\${{ 1 + }}` } } }),
    'wait.http.url',
  ],
  [
    'a header that is asked with',
    waitsFor({ wait: { http: { url, headers: { 'X-A': '${{ 1 + }}' } } } }),
    'wait.http.headers.X-A',
  ],
  [
    'an answer that is waited for',
    waitsFor({ wait: { http: { url, until: '1 +' } } }),
    'wait.http.until',
  ],
  [
    'a header of a call',
    waitsFor({ http: { url, headers: { A: '${{ 1 + }}' } } }),
    'http.headers.A',
  ],
  [
    'an answer of a call',
    waitsFor({ http: { url, expect: '1 +' } }),
    'http.expect',
  ],
  [
    'an output of a call',
    waitsFor({ http: { url, outputs: { x: '1 +' } } }),
    'http.outputs.x',
  ],
  [
    'a text of a body',
    waitsFor({
      http: { url, method: 'POST', body: [null, { a: [1, '${{ 1 + }}'] }] },
    }),
    'http.body[1].a[1]',
  ],
  [
    'a param of a run',
    waitsFor({ pipeline: { name: 'p', params: { a: '${{ 1 + }}' } } }),
    'pipeline.params.a',
  ],
])('looks at %s', (_, spec, place) => {
  expect(saidOf(spec)).toStrictEqual([
    expect.stringMatching(/^[^:]*: Unexpected token: EOF\n/),
  ]);
  expect(saidOf(spec)[0].split(': ')[0]).toBe(`spec.tasks[0].${place}`);
});

it('names what is wrong in the defaults once, for all tasks', () => {
  expect(
    saidOf({
      defaults: { env: { A: '${{ params.n }}' } },
      tasks: [
        { id: 'a', run },
        { id: 'b', run },
      ],
    }),
  ).toStrictEqual([
    'spec.defaults.env.A: The expression uses params.n, which spec.params does not name',
  ]);
});

const echo = (text: string) => ({ command: ['echo', text] });

it.each<[string, Loose, string]>([
  [
    'an item as the list',
    { tasks: [{ id: 'a', run, map: { over: 'item.x' } }] },
    'spec.tasks[0].map.over: The expression uses item, which',
  ],
  [
    'an item and its index outside of a map',
    { tasks: [{ id: 'a', run: echo('${{ item }}${{ index }}') }] },
    'spec.tasks[0].run.command[1]: The expression uses item and index, which',
  ],
  [
    'a param where the schema takes no others',
    {
      params: { properties: {}, additionalProperties: false },
      tasks: [{ id: 'a', run: echo('${{ params.n }}') }],
    },
    'spec.tasks[0].run.command[1]: The expression uses params.n, which',
  ],
  [
    'an answer that is no bool',
    waitsFor({ wait: { http: { url, until: '1 + 1' } } }),
    'spec.tasks[0].wait.http.until: The condition gives an int, expected a bool',
  ],
  [
    'outputs of a task beside it',
    {
      tasks: [
        { id: 'a', run },
        { id: 'x', run },
        { id: 'b', dependsOn: ['x'], run: echo('${{ tasks.a.outputs.k }}') },
      ],
    },
    'spec.tasks[2].run.command[1]: The expression uses outputs of task "a", which is not upstream of "b"',
  ],
  [
    'outputs of a task of finally beside it',
    {
      finally: [
        { id: 'f', run },
        { id: 'g', run: echo('${{ tasks.f.outputs.k }}') },
      ],
    },
    'spec.finally[1].run.command[1]: The expression uses outputs of task "f", which is not upstream of "g"',
  ],
  [
    'a number in a command',
    { tasks: [{ id: 'a', run: { command: ['sh', '-c', 5] } }] },
    'spec.tasks[0].run.command[2]: is 5 (number) (expected a text)',
  ],
  [
    'a command that is a text',
    { tasks: [{ id: 'a', run: { command: 'true' } }] },
    'spec.tasks[0].run.command: is "true" (expected a list)',
  ],
  [
    'a run that is empty',
    { tasks: [{ id: 'a', run: null }] },
    'spec.tasks[0].run: is empty (null) (expected an object)',
  ],
  [
    'an environment that is a list',
    { tasks: [{ id: 'a', run, env: ['${{ 1 + }}'] }] },
    'spec.tasks[0].env: is a list of 1 (expected an object)',
  ],
  [
    'a condition that is a number',
    { tasks: [{ id: 'a', branch: { if: 5, then: [] } }] },
    'spec.tasks[0].branch.if: is 5 (number) (expected a text)',
  ],
])('says only what is wrong with %s', (_, spec, said) => {
  expect(saidOf(spec)).toStrictEqual([expect.stringContaining(said)]);
});

const layers = Array.from({ length: 40 }, (_, i) =>
  ['l', 'r'].map(side => ({
    id: `${side}${i}`,
    run,
    dependsOn: i === 0 ? [] : [`l${i - 1}`, `r${i - 1}`],
  })),
).flat();

it('walks once over what is above a task, however many ways lead up', () => {
  const last = {
    id: 'z',
    dependsOn: ['l39', 'r39'],
    run: echo('${{ tasks.a.outputs.k }}'),
  };
  expect(saidOf({ tasks: [{ id: 'a', run }, ...layers, last] })).toStrictEqual([
    expect.stringContaining('task "a", which is not upstream of "z"'),
  ]);
});

it.each<[string, Loose]>([
  [
    'an item in command and env of a mapped task',
    {
      tasks: [
        {
          id: 'a',
          run: { ...echo('${{ item.x }}'), env: { A: '${{ index }}' } },
          env: { B: '${{ item }}' },
          map: { over: '[1, 2]' },
        },
      ],
    },
  ],
  ...[true, { type: 'string' }].map((additionalProperties): [string, Loose] => [
    'a param that has no name where others are taken',
    {
      params: { properties: {}, additionalProperties },
      tasks: [{ id: 'a', run: echo('${{ params.n }}') }],
    },
  ]),
  [
    'all params',
    {
      params: { properties: { n: {} } },
      tasks: [{ id: 'a', run: echo('${{ string(size(params)) }}') }],
    },
  ],
  [
    'outputs of any task, and the outcome, in finally',
    {
      finally: [
        { id: 'f', run: echo('${{ tasks.a.outputs.k }}${{ run.state }}') },
      ],
    },
  ],
  [
    'outputs of what a teardown takes down',
    {
      tasks: [
        { id: 'a', run, setup: true },
        { id: 'b', run, dependsOn: ['a'] },
        {
          id: 't',
          dependsOn: ['b'],
          teardown: { of: ['a'] },
          run: echo('${{ tasks.a.outputs.k }}'),
        },
      ],
    },
  ],
  [
    'an answer',
    {
      tasks: [
        {
          id: 'w',
          wait: { http: { url, until: 'response.body.state == "done"' } },
        },
        {
          id: 'h',
          http: {
            url,
            expect: 'response.status == 200',
            outputs: { x: 'response.body.x' },
          },
        },
      ],
    },
  ],
])('says nothing about %s', (_, spec) => {
  expect(saidOf(spec)).toStrictEqual([]);
});
