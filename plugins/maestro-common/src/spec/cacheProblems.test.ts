import { entity, run } from '../__testUtils__/entity';
import { validatePipeline } from './validatePipeline';

function validate(task: Record<string, unknown>) {
  return validatePipeline(
    entity({
      params: { properties: { x: { type: 'integer' } } },
      tasks: [{ id: 'a', ...task }],
    }),
  );
}

it.each<[unknown, unknown]>([
  [true, { ttlMs: 2_592_000_000, version: 1 }],
  [{}, { ttlMs: 2_592_000_000, version: 1 }],
  [
    {
      ttl: 'P7D',
      version: 3,
      key: 'x=${{ params.x }}',
      sources: ['b.py', 'a/', 'b.py'],
    },
    {
      ttlMs: 604_800_000,
      version: 3,
      key: 'x=${{ params.x }}',
      sources: ['a/', 'b.py'],
    },
  ],
])('%j is a cache', (cache, compiled) => {
  const result = validate({ run, cache });
  expect(result).toMatchObject({ ok: true });
  expect(result.ok && result.definition.tasks[0].cache).toStrictEqual(compiled);
});

it.each<[string, Record<string, unknown>, string, string]>([
  ['false', { run, cache: false }, '', 'true, or an object'],
  ['a text', { run, cache: 'P7D' }, '', 'true, or an object'],
  ['an unknown field', { run, cache: { tll: 'P7D' } }, '.tll', 'one of key'],
  ['no duration', { run, cache: { ttl: '7d' } }, '.ttl', 'ISO 8601'],
  [
    'a branch',
    { branch: { if: 'true', then: [] }, cache: true },
    '',
    'cache only beside run',
  ],
  [
    'a path outside',
    { run, cache: { sources: ['ok.py', '../b.py'] } },
    '.sources[1]',
    'a relative path',
  ],
  [
    'a path of another system',
    { run, cache: { sources: ['a\\b.py'] } },
    '.sources[0]',
    'a relative path',
  ],
  [
    'a path from the root',
    { run, cache: { sources: ['/a.py'] } },
    '.sources[0]',
    'a relative path',
  ],
])('refuses %s', (_, task, path, expected) => {
  const result = validate(task);
  expect(result.ok ? [] : result.problems).toStrictEqual([
    expect.objectContaining({
      path: `spec.tasks[0].cache${path}`,
      expected: expect.stringContaining(expected),
    }),
  ]);
});

it('checks the expressions of a key', () => {
  const result = validate({ run, cache: { key: '${{ params.y }}' } });
  expect(result.ok ? [] : result.problems).toStrictEqual([
    expect.objectContaining({
      path: 'spec.tasks[0].cache.key',
      message: expect.stringContaining('params.y'),
    }),
  ]);
});
