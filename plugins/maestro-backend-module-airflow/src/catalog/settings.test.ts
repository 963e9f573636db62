import { ConfigReader } from '@backstage/config';
import { readCatalogSettings } from './settings';

const read = (catalog?: object) =>
  readCatalogSettings(
    new ConfigReader({ maestro: { airflow: { catalog } } } as never),
  );

it('lets nobody have DAG files by default', () => {
  expect(read()).toEqual({
    intervalMs: 30_000,
    limits: { files: 2000, bytes: 20 * 1024 * 1024 },
    rules: [],
  });
});

it('reads owners as full references', () => {
  expect(
    read({
      lookInterval: { minutes: 2 },
      limits: { files: 10, mebibytes: 1 },
      allow: [
        { owners: ['ml-team', '*'] },
        { locations: ['https://x/*'], environments: ['a', 'b'] },
      ],
    }),
  ).toEqual({
    intervalMs: 120_000,
    limits: { files: 10, bytes: 1024 * 1024 },
    rules: [
      { owners: ['group:default/ml-team', '*'], environments: ['default'] },
      { locations: ['https://x/*'], environments: ['a', 'b'] },
    ],
  });
});

it('reads as which pods their tasks run, as of a source', () => {
  const { rules } = readCatalogSettings(
    new ConfigReader({
      maestro: {
        executors: { kubernetes: {} },
        airflow: {
          catalog: {
            allow: [
              {
                owners: ['*'],
                executor: 'kubernetes',
                image: 'team/airflow:3',
                queues: { gpu: { image: 'team/gpu:3' } },
              },
            ],
          },
        },
      },
    } as never),
  );
  expect(rules).toEqual([
    {
      owners: ['*'],
      environments: ['default'],
      pods: {
        pod: { python: 'python' },
        settings: { image: 'team/airflow:3' },
        queues: new Map([['gpu', { image: 'team/gpu:3' }]]),
      },
    },
  ]);
});

it.each<[string, object, RegExp]>([
  [
    'a rule for all by mistake',
    { allow: [{}] },
    /neither owners nor locations/,
  ],
  ['a typing error', { allow: [{ owner: ['x'] }] }, /allow\[0\] has "owner"/],
  [
    'no environment',
    { allow: [{ owners: ['x'], environments: [] }] },
    /environments names none/,
  ],
  [
    'pods without an executor of pods',
    { allow: [{ owners: ['x'], executor: 'kubernetes', image: 'x' }] },
    /^maestro\.airflow\.catalog\.allow\[0\] has executor: kubernetes, and there is none/,
  ],
  [
    'one folder of an image for many entities',
    { allow: [{ owners: ['x'], dagsInImage: '/dags' }] },
    /allow\[0\] has "dagsInImage"/,
  ],
  ['a limit of 0', { limits: { files: 0 } }, /limits\.files is 0/],
])('refuses %s', (_what, catalog, message) => {
  expect(() => read(catalog)).toThrow(message);
});
