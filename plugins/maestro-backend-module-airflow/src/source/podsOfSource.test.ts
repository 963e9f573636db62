import { ConfigReader } from '@backstage/config';
import { podsOfSource } from './podsOfSource';

const POD = { executor: 'kubernetes', image: 'team/airflow:3' };

const read = (more: object, executors: object = { kubernetes: {} }) =>
  podsOfSource(
    new ConfigReader({ maestro: { executors } } as never),
    new ConfigReader(more as never),
    'the source "ml" of maestro.airflow.sources',
  );

it('are processes unless the source says otherwise', () => {
  expect(read({})).toBeUndefined();
  expect(read({ executor: 'airflow' }, {})).toBeUndefined();
});

it('are pods of its image, with what differs by queue', () => {
  expect(
    read({
      ...POD,
      imagePullPolicy: 'Always',
      resources: { limits: { 'nvidia.com/gpu': '1' } },
      kubernetes: {
        nodeSelector: { 'x.io/disk': 'ssd' },
        startTimeout: 'PT10M',
      },
      pythonInImage: '/opt/venv/bin/python',
      dagsInImage: '/opt/airflow/dags',
      queues: { gpu: { image: 'team/gpu:3' }, 'a.b': {} },
    }),
  ).toEqual({
    pod: {
      python: '/opt/venv/bin/python',
      dagsInImage: '/opt/airflow/dags',
    },
    settings: {
      image: 'team/airflow:3',
      resources: { limits: { 'nvidia.com/gpu': '1' } },
      kubernetes: {
        nodeSelector: { 'x.io/disk': 'ssd' },
        pullPolicy: 'Always',
        startTimeoutMs: 600_000,
      },
    },
    queues: new Map([
      ['gpu', { image: 'team/gpu:3' }],
      ['a.b', {}],
    ]),
  });
  expect(read(POD)).toEqual({
    pod: { python: 'python' },
    settings: { image: 'team/airflow:3' },
    queues: new Map(),
  });
});

it.each<[string, object, object | undefined, RegExp]>([
  ['another executor', { executor: 'local' }, undefined, /it can be "airflow"/],
  ['no image', { executor: 'kubernetes' }, undefined, /names no image/],
  ['no such executor', POD, {}, /set maestro\.executors\.kubernetes/],
  [
    'one that is switched off',
    POD,
    { kubernetes: { enabled: false } },
    /set maestro\.executors\.kubernetes/,
  ],
  [
    'an image of processes',
    { image: 'x' },
    undefined,
    /^image of the source "ml".* has no effect.*executor: kubernetes/,
  ],
  [
    'a relative folder',
    { ...POD, dagsInImage: 'dags' },
    undefined,
    /an absolute path/,
  ],
  [
    'an unknown pull policy',
    { ...POD, imagePullPolicy: 'Often' },
    undefined,
    /source "ml" .*kubernetes\.pullPolicy: /,
  ],
  [
    'what the executor decides',
    { ...POD, kubernetes: { podSpec: { hostNetwork: true } } },
    undefined,
    /hostNetwork/,
  ],
  [
    'a queue with other fields',
    { ...POD, queues: { gpu: { dagsInImage: '/x' } } },
    undefined,
    /^queues\.gpu of the source "ml".* has "dagsInImage"; it can have image,/,
  ],
  [
    'a queue that does not fit its source',
    {
      ...POD,
      kubernetes: { volumes: [{ mountPath: '/d', empty: '1Gi' }] },
      queues: {
        gpu: { kubernetes: { volumes: [{ mountPath: '/d', claim: 'c' }] } },
      },
    },
    undefined,
    /^queues\.gpu .*Two volumes/,
  ],
])('refuses %s', (_, source, executors, message) => {
  expect(() => read(source, executors)).toThrow(message);
});
