import { namedBy, problemsIn, type Mistake } from '../__testUtils__/entity';

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
  expect(problemsIn(row)).toContainEqual(namedBy(row));
});
