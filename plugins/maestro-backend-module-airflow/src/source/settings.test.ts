import { ConfigReader } from '@backstage/config';
import { ownerOf } from './ownerOf';
import { readAirflowSettings } from './settings';

const read = (airflow?: object) =>
  readAirflowSettings(
    new ConfigReader({ maestro: { airflow } } as never),
    '/r',
  );
const source = { name: 'ml', folder: 'dags', owner: 'group:default/ml' };

it('reads folders with their environments, relative to the root', () => {
  const none = read();
  expect([none.sources, none.intervalMs]).toEqual([[], 5000]);
  expect(none.environments.size).toBe(0);
  const { sources, intervalMs } = read({
    pollInterval: { seconds: 2 },
    environments: {
      default: { python: '.tools/airflow/bin/python' },
      own: {
        python: '/opt/python',
        env: { A: 'b' },
        limits: { seconds: 5, memoryMiB: 100, processes: 4 },
      },
    },
    sources: [
      source,
      { ...source, name: 'x', folder: '/abs', environment: 'own' },
    ],
  });
  expect(intervalMs).toBe(2000);
  expect(sources).toMatchObject([
    {
      name: 'ml',
      folder: '/r/dags',
      environment: {
        name: 'default',
        python: '/r/.tools/airflow/bin/python',
        env: {},
        limits: { seconds: 30, memoryBytes: 536_870_912, processes: 32 },
      },
    },
    {
      name: 'x',
      folder: '/abs',
      environment: {
        name: 'own',
        python: '/opt/python',
        env: { A: 'b' },
        limits: { seconds: 5, memoryBytes: 104_857_600, processes: 4 },
      },
    },
  ]);
});

it('has the environments of folders and of rules for the catalog', () => {
  const { environments } = read({
    sources: [source],
    catalog: { allow: [{ owners: ['a'], environments: ['own', 'other'] }] },
  });
  expect([...environments.keys()]).toEqual(['default', 'own', 'other']);
});

it.each<[string, object, RegExp]>([
  ['no owner', { sources: [{ name: 'a', folder: 'b' }] }, /owner/],
  ['two of one name', { sources: [source, source] }, /two sources named "ml"/],
  ['an odd name', { sources: [{ ...source, name: 'a/b' }] }, /"a\/b"/],
  [
    'a limit of 0',
    {
      sources: [source],
      environments: { default: { limits: { seconds: 0 } } },
    },
    /limits\.seconds is 0/,
  ],
])('refuses %s', (_what, airflow, message) => {
  expect(() => read(airflow)).toThrow(message);
});

it.each<[string, string[], string[], string]>([
  ['a tag', ['airflow'], ['ml', 'x'], 'group:default/by-tag'],
  ['an owner', ['ml-team'], [], 'group:default/by-owner'],
  ['the first rule that fits', ['ml-team'], ['ml'], 'group:default/by-owner'],
  ['nothing', ['airflow'], [], 'group:default/source'],
])('finds who answers for a DAG by %s', (_what, owners, tags, expected) => {
  const rules = new Map([
    ['ml-team', 'group:default/by-owner'],
    ['tag:ml', 'group:default/by-tag'],
  ]);
  expect(ownerOf(rules, 'group:default/source')({ owners, tags })).toBe(
    expected,
  );
});
