import {
  namedBy,
  problemsIn,
  saidOf,
  type Loose,
  type Mistake,
} from '../__testUtils__/entity';

it.each<Mistake>([
  [
    'a bad params schema',
    { params: { properties: { n: { type: 'whole' } } } },
    'spec.params',
    'The params schema is not valid',
  ],
  [
    'params that are no object',
    { params: { type: 'string' } },
    'spec.params',
    'has type "string"',
  ],
  [
    'a default of another type',
    { params: { properties: { n: { type: 'integer', default: 'x' } } } },
    'spec.params.properties.n.default',
    'The default does not match: The value is "x"',
    'type integer',
  ],
])('finds %s', (...row) => {
  expect(problemsIn(row)).toStrictEqual([namedBy(row)]);
});

const cron = '@daily';
const missing = (name: string, i: number) =>
  `spec.params.required[${i}]: Param "${name}" is required and has no default, so a scheduled run could not start (expected a default for "${name}")`;

it.each<[string, Loose, string[]]>([
  // [what, spec, what is said of it]
  [
    'params without a default that nothing starts by itself',
    { params: { properties: { n: {} }, required: ['n'] } },
    [],
  ],
  [
    'no schedule at all',
    { schedule: [], params: { properties: { n: {} }, required: ['n'] } },
    [],
  ],
  [
    'params of a schedule, of which some have a default',
    {
      schedule: { cron },
      params: {
        properties: { n: { default: 1 }, m: {}, k: { default: null } },
        required: ['n', 'm', 'k'],
      },
    },
    [missing('m', 1)],
  ],
  [
    'a required param that is not named',
    { schedule: [{ cron }], params: { required: ['n'] } },
    [missing('n', 0)],
  ],
  ['params that are not required', { schedule: { cron }, params: {} }, []],
  [
    'a property that is true or false',
    { params: { properties: { a: true, b: false, c: { default: 1 } } } },
    [],
  ],
  [
    'a default that fits, beside what is required of others',
    {
      params: {
        properties: { n: { type: 'integer', default: 1 }, m: {} },
        required: ['m'],
      },
    },
    [],
  ],
  [
    'two defaults that do not fit',
    {
      params: {
        properties: {
          n: { type: 'integer', minimum: 1, default: 0 },
          o: { type: 'object', default: { a: 1 }, additionalProperties: false },
        },
      },
    },
    [
      'spec.params.properties.n.default: The default does not match: The value is 0 (number), it must be >= 1',
      'spec.params.properties.o.default: The default does not match: There is no param "a" (expected one of n, o)',
    ],
  ],
  [
    'params that are a text',
    { params: 'n' },
    ['spec.params: is "n" (expected an object)'],
  ],
  [
    'params that are a list',
    { params: ['n'] },
    ['spec.params: is a list of 1 (expected an object)'],
  ],
  [
    'params that are empty',
    { params: null },
    ['spec.params: is empty (null) (expected an object)'],
  ],
])('says of %s', (_, spec, said) => {
  expect(saidOf(spec)).toStrictEqual(said);
});
