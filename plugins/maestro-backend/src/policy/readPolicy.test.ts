import { ConfigReader } from '@backstage/config';
import { readPolicy } from './readPolicy';

const read = (maestro: object) => readPolicy(new ConfigReader({ maestro }));

it('refuses by default, but not on the own machine', () => {
  expect(read({})).toEqual({ default: 'deny', rules: [] });
  expect(read({ embedded: true }).default).toBe('allow');
  expect(read({ embedded: true, policy: { default: 'deny' } }).default).toBe(
    'deny',
  );
});

it('reads rules, owners and systems as full references', () => {
  const rules = [
    { id: 'a', owners: ['ml-team', '*'], images: ['x/*'] },
    { id: 'b', systems: ['flights', 'system:risk/*', '*'] },
    { id: 'c', pipelines: ['*'], dags: ['x_*'], dagsOf: ['risk', '*'] },
  ];
  expect(read({ policy: { rules } }).rules).toEqual([
    { id: 'a', owners: ['group:default/ml-team', '*'], images: ['x/*'] },
    { id: 'b', systems: ['system:default/flights', 'system:risk/*', '*'] },
    {
      id: 'c',
      pipelines: ['*'],
      dags: ['x_*'],
      dagsOf: ['group:default/risk', '*'],
    },
  ]);
});

it.each([
  [{ default: 'maybe' }, 'expected allow or deny'],
  [{ rules: [{ id: 'a' }] }, 'names neither owners, systems nor pipelines'],
  [{ rules: [{ id: 'a', owners: ['*'], image: ['x'] }] }, 'has "image"'],
  [
    {
      rules: [
        { id: 'a', owners: ['*'] },
        { id: 'a', owners: ['*'] },
      ],
    },
    'two rules "a"',
  ],
])('refuses %j', (policy, said) => {
  expect(() => read({ policy })).toThrow(said);
});
