import {
  collectPair,
  endOfRange,
  instant,
  jsonObject,
  paramValues,
  wholeNumber,
} from './argumentValues';

it('takes pairs, whose value may be empty or hold "="', () => {
  const pairs = collectPair('b=', collectPair('a=x=y'));
  expect({ ...pairs }).toEqual({ a: 'x=y', b: '' });
  expect({ ...collectPair('__proto__=1') }).toHaveProperty('__proto__', '1');
  expect(() => collectPair('=x')).toThrow('name=value');
  expect(() => collectPair('x')).toThrow('name=value');
});

it('reads a param as the schema means it', () => {
  const schema = {
    properties: {
      n: { type: 'integer' },
      s: { type: 'string' },
      either: { type: ['string', 'null'] },
    },
  };
  const param = { n: '5', s: '5', either: 'null', free: '[1]', word: 'abc' };
  expect(paramValues({ param }, schema)).toEqual({
    n: 5,
    s: '5',
    either: 'null',
    free: [1],
    word: 'abc',
  });
});

it('lets a single param win over all params', () => {
  expect(
    paramValues({ params: '{"a": 1, "b": 2}', param: { a: '3' } }, undefined),
  ).toEqual({ a: 3, b: 2 });
});

it.each(['[1]', '1', 'null', '{'])('%s is no JSON object', text => {
  expect(() => jsonObject(text, '--params')).toThrow(/--params/);
});

it.each([
  ['2025-01-01', '2025-01-01T00:00:00.000Z'],
  ['2025-01-01T06:30', '2025-01-01T06:30:00.000Z'],
  ['2025-01-01 06:30:15', '2025-01-01T06:30:15.000Z'],
  ['2025-01-01T06:00:00+02:00', '2025-01-01T04:00:00.000Z'],
])('%s is %s', (text, iso) => {
  expect(new Date(instant(text)).toISOString()).toBe(iso);
});

it.each([
  ['2025-01-01', '2025-01-01T23:59:59.999Z'],
  ['2025-01-01T06:30', '2025-01-01T06:30:00.000Z'],
])('%s as the end of a range is %s', (text, iso) => {
  expect(new Date(endOfRange(text)).toISOString()).toBe(iso);
});

it.each(['today', '2025-02-30', '2025-13-01', '1735689600', '2025-1-1', ''])(
  '"%s" is no date',
  text => {
    expect(() => instant(text)).toThrow('2025-01-01');
  },
);

it.each(['0', '11', '1.5', 'x', '', '1e1'])(
  '"%s" is not from 1 to 10',
  text => {
    expect(() => wholeNumber(1, 10)(text)).toThrow('from 1 to 10');
  },
);
