import { compileParams, MAX_PARAMS_BYTES, resolveParams } from './params';

const schema = {
  type: 'object',
  properties: {
    n: { type: 'integer', default: 200, minimum: 1 },
    model: { type: 'string', enum: ['rf', 'gb'], default: 'rf' },
    day: { type: 'string', format: 'date' },
    nested: { type: 'object', properties: { a: { type: 'boolean' } } },
  },
  required: ['day'],
};

describe('resolveParams', () => {
  it('fills in the defaults and leaves what was given alone', () => {
    const given = { day: '2025-01-01' };
    expect(resolveParams(schema, given)).toStrictEqual({
      ok: true,
      params: { day: '2025-01-01', n: 200, model: 'rf' },
    });
    expect(given).toStrictEqual({ day: '2025-01-01' });
  });

  it('names every problem, with the type it wanted', () => {
    expect(
      resolveParams(schema, {
        n: 'many',
        model: 'xx',
        extra: 1,
        nested: { a: 1 },
      }),
    ).toStrictEqual({
      ok: false,
      problems: expect.arrayContaining([
        { path: 'params.day', message: '"day" is missing' },
        {
          path: 'params.n',
          message: 'The value is "many" (string)',
          expected: 'type integer',
        },
        {
          path: 'params.model',
          message: 'The value is "xx" (string)',
          expected: 'one of "rf", "gb"',
        },
        {
          path: 'params.extra',
          message: 'There is no param "extra"',
          expected: 'one of n, model, day, nested',
        },
        {
          path: 'params.nested.a',
          message: 'The value is 1 (number)',
          expected: 'type boolean',
        },
      ]),
    });
  });

  it.each([
    [
      { day: 'tomorrow' },
      'The value is "tomorrow" (string), it must match format "date"',
    ],
    [{ day: '2025-01-01', n: 0 }, 'The value is 0 (number), it must be >= 1'],
    [[], 'Params must be an object, got a list'],
    [null, 'Params must be an object, got null'],
    [{ day: 'x'.repeat(5_000_000) }, 'The params are 5000010 bytes of JSON'],
  ])('refuses a bad value %#', (given, message) => {
    const result = resolveParams(schema, given);
    expect(result).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining(message) }],
    });
  });

  it.each(['12:13:14', '12:13:14Z', '12:13:14.5+02:00'])(
    'takes a time of day with and without its zone: %s',
    at => {
      const time = {
        type: 'object',
        properties: { at: { type: 'string', format: 'time' } },
      };
      expect(resolveParams(time, { at })).toMatchObject({ ok: true });
      expect(resolveParams(time, { at: 'noon' })).toMatchObject({ ok: false });
    },
  );

  it('allows unknown params only where the schema says so', () => {
    const open = { type: 'object', additionalProperties: true };
    expect(resolveParams(open, { a: 1 })).toStrictEqual({
      ok: true,
      params: { a: 1 },
    });
    expect(resolveParams(undefined, {})).toStrictEqual({
      ok: true,
      params: {},
    });
    expect(resolveParams(undefined, { a: 1 })).toMatchObject({
      ok: false,
      problems: [{ path: 'params.a', expected: 'no params' }],
    });
  });

  it('does not let a key reach the prototype', () => {
    const given = JSON.parse('{"__proto__": {"polluted": true}}');
    expect(resolveParams(schema, given).ok).toBe(false);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('refuses a schema that is none', () => {
    expect(() => resolveParams({ type: 'array' }, {})).toThrow(
      'The params schema has type "array", expected "object"',
    );
    expect(() =>
      resolveParams({ properties: { a: { type: 'nope' } } }),
    ).toThrow('The params schema is not valid');
  });
});

it.each<[unknown, string, string]>([
  // [given, path, message]
  ['x', 'params', 'Params must be an object, got "x" (string)'],
  [5, 'params', 'Params must be an object, got 5 (number)'],
  [{ text: null }, 'params.text', 'The value is null'],
  [{ text: {} }, 'params.text', 'The value is an object'],
  [{ text: [] }, 'params.text', 'The value is a list'],
  [
    { n: 'x'.repeat(58) },
    'params.n',
    `The value is "${'x'.repeat(58)}" (string)`,
  ],
  [
    { n: 'x'.repeat(59) },
    'params.n',
    `The value is "${'x'.repeat(59)}… (string)`,
  ],
  [{ 'a/b~c': 1 }, 'params["a/b~c"]', 'The value is 1 (number)'],
  [{ list: ['x', 1] }, 'params.list[1]', 'The value is 1 (number)'],
  // What a default gives is told as if it were given.
  [{ nested: {} }, 'params.nested.a', 'The value is "x" (string)'],
])('says of the params %j at %s: %s', (given, path, message) => {
  const properties = {
    n: { type: 'integer' },
    text: { type: 'string' },
    'a/b~c': { type: 'string' },
    list: { type: 'array', items: { type: 'string' } },
    nested: {
      type: 'object',
      properties: { a: { type: 'integer', default: 'x' } },
    },
  };
  const result = resolveParams({ properties }, given);
  expect(result.ok ? [] : result.problems).toStrictEqual([
    expect.objectContaining({ path, message }),
  ]);
});

it('takes params up to a size', () => {
  const open = { additionalProperties: true };
  const of = (bytes: number) => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) });
  expect(resolveParams(open, of(MAX_PARAMS_BYTES)).ok).toBe(true);
  expect(resolveParams(open, of(MAX_PARAMS_BYTES + 1))).toStrictEqual({
    ok: false,
    problems: [
      {
        path: 'params',
        message: expect.stringContaining('are 102401 bytes of JSON'),
      },
    ],
  });
});

it('compiles a schema once, and keeps the last few hundred', () => {
  const of = (title: string) => compileParams({ title });
  const first = of('first');
  of('second');
  expect(of('first')).toBe(first);
  for (let i = 0; i < 500; i++) of(`other ${i}`);
  expect(of('first')).not.toBe(first);
});
