import { ConfigReader } from '@backstage/config';
import type { AirflowPods } from '../compile/inPod';
import { dagFolderOf } from './dagFolderOf';
import { readCatalogSettings } from './settings';

const GIT = 'https://git.example/ml/flights';

const entity = (
  dags: string,
  {
    at = `url:${GIT}/src/branch/main/catalog-info.yaml`,
    owner = 'ml-team' as unknown,
    environment = undefined as string | undefined,
    namespace = undefined as string | undefined,
    system = undefined as unknown,
  } = {},
) => ({
  apiVersion: 'backstage.io/v1alpha1',
  kind: 'Component',
  metadata: {
    name: 'flights',
    namespace,
    annotations: {
      'backstage.io/managed-by-location': at,
      'maestro.dev/airflow-dags': dags,
      ...(environment
        ? { 'maestro.dev/airflow-environment': environment }
        : {}),
    },
  },
  spec: { owner, system } as never,
});

const ALL = [{ locations: ['*'], environments: ['default'] }];

it.each<[string, Parameters<typeof entity>, object]>([
  [
    'below where the entity is',
    ['./dags'],
    { url: `${GIT}/src/branch/main/dags` },
  ],
  ['where the entity is', ['.'], { url: `${GIT}/src/branch/main` }],
  [
    'beside it',
    ['../dags', { at: `url:${GIT}/blob/main/catalog/info.yaml` }],
    { url: `${GIT}/tree/main/dags` },
  ],
  [
    'in the query of Azure DevOps',
    ['dags', { at: 'url:https://dev.azure.com/o/p/_git/r?path=/x/info.yaml' }],
    { url: 'https://dev.azure.com/o/p/_git/r?path=%2Fx%2Fdags' },
  ],
  ['elsewhere', [`url:${GIT}/dags`], { url: `${GIT}/dags` }],
  [
    'on this machine',
    ['dir:./dags', { at: 'file:/srv/ml/catalog-info.yaml' }],
    { path: '/srv/ml/dags' },
  ],
])('finds the folder %s', (_what, args, folder) => {
  expect(dagFolderOf(entity(...args), ALL)).toEqual({
    ref: 'component:default/flights',
    owner: 'group:default/ml-team',
    environment: 'default',
    folder,
  });
});

it.each([
  ['payments', undefined, 'system:default/payments'],
  ['Payments', 'ml', 'system:ml/payments'],
  ['system:other/x', 'ml', 'system:other/x'],
  [undefined, undefined, undefined],
  ['', undefined, undefined],
  [5, undefined, undefined],
])('is of system %j in namespace %j: %j', (system, namespace, whole) => {
  expect(dagFolderOf(entity('dags', { system, namespace }), ALL).system).toBe(
    whole,
  );
});

it.each<[string, Parameters<typeof entity>, RegExp]>([
  ['nothing', [''], /names? a folder from where the entity is/],
  ['any path of this machine', ['/etc'], /no folder below it/],
  ['a file of this machine', ['file:/etc'], /no folder below it/],
  ['a secret', ['https://u:p@git.example/x'], /holds a password/],
  ['a hidden step', [`${GIT}/%2e%2e/other`, {}], /hides a step|No rule/],
  ['a hidden slash', [`${GIT}/..%2fother`], /hides a step upwards/],
  [
    'a step in a query',
    ['https://git.example/r?path=/ml/../other'],
    /hides a step upwards/,
  ],
  ['no owner', ['dags', { owner: null }], /no owner: set spec\.owner/],
  ['an owner that is none', ['dags', { owner: 5 }], /no owner/],
  [
    'a place that is no folder',
    ['dags', { at: 'bootstrap:bootstrap' }],
    /which has no folder/,
  ],
  ['no place', ['dags', { at: '' }], /does not say where it was registered/],
])('refuses %s', (_what, args, said) => {
  expect(() =>
    dagFolderOf(entity(...args), [
      { locations: [`${GIT}/*`, '/*'], environments: ['default'] },
    ]),
  ).toThrow(said);
});

const ML = { owners: ['group:default/ml-team'] };
const OF_GIT = { locations: [`${GIT}/*`] };

it.each<[string, object[], Parameters<typeof entity>, string]>([
  ['nobody', [], ['dags'], 'refused'],
  ['its owner', [ML], ['dags'], 'default'],
  ['another owner', [ML], ['dags', { owner: 'risk' }], 'refused'],
  [
    'an owner of its namespace',
    [{ owners: ['group:risk/ml-team'] }],
    ['dags', { namespace: 'risk' }],
    'default',
  ],
  ['its place', [OF_GIT], ['dags'], 'default'],
  [
    'the place of the entity and not of the folder',
    [OF_GIT],
    ['https://git.example/other/dags'],
    'refused',
  ],
  [
    'the place of the folder and not of the entity',
    [OF_GIT],
    [`${GIT}/dags`, { at: 'url:https://git.example/other/info.yaml' }],
    'refused',
  ],
  [
    'a folder beside the place by steps upwards',
    [OF_GIT],
    ['../../../../../other/dags'],
    'refused',
  ],
  [
    'an entity beside the place by steps upwards',
    [OF_GIT],
    [`${GIT}/x`, { at: `url:${GIT}/../other/info.yaml` }],
    'refused',
  ],
  [
    'its owner elsewhere',
    [{ ...ML, ...OF_GIT }],
    ['https://git.example/other/dags'],
    'refused',
  ],
  [
    'its owner, in an environment that is granted',
    [{ ...ML, environments: ['a', 'b'] }],
    ['dags', { environment: 'b' }],
    'b',
  ],
  [
    'its owner, in the first environment',
    [{ ...ML, environments: ['a', 'b'] }],
    ['dags'],
    'a',
  ],
  [
    'its owner, in an environment of another rule',
    [ML, { owners: ['risk'], environments: ['a'] }],
    ['dags', { environment: 'a' }],
    'refused',
  ],
  [
    'its owner by two rules',
    [ML, { ...OF_GIT, environments: ['a'] }],
    ['dags', { environment: 'a' }],
    'a',
  ],
])('a rule that names %s', (_what, allow, args, expected) => {
  const { rules } = readCatalogSettings(
    new ConfigReader({ maestro: { airflow: { catalog: { allow } } } } as never),
  );
  const decide = () => {
    try {
      return dagFolderOf(entity(...args), rules).environment;
    } catch (error) {
      const { message } = error as Error;
      return message.includes('maestro.airflow.catalog.allow')
        ? 'refused'
        : message;
    }
  };
  expect(decide()).toBe(expected);
});

it('has the pods of the first rule that fits and grants its environment', () => {
  const pods = (image: string): AirflowPods => ({
    pod: { python: 'python' },
    settings: { image },
    queues: new Map(),
  });
  const owners = ['group:default/ml-team'];
  const rules = [
    { owners: ['group:default/risk'], environments: ['a'], pods: pods('risk') },
    { owners, environments: ['default'] },
    { owners, environments: ['a', 'b'], pods: pods('first') },
    { owners, environments: ['a'], pods: pods('second') },
  ];
  const podsIn = (environment?: string) =>
    dagFolderOf(entity('dags', { environment }), rules).pods;
  expect(podsIn('a')).toEqual(pods('first'));
  expect(podsIn('b')).toEqual(pods('first'));
  expect(podsIn()).toBeUndefined();
});
