import { cpuTime } from '../__testUtils__/cpuTime';
import type { KubernetesSettings } from './kubernetes/kubernetesSettings';
import {
  otherDagProblem,
  type Policy,
  policyProblem,
  type PolicyRule,
} from './policy';

const rule: PolicyRule = {
  id: 'ml-team',
  owners: ['group:default/ml-*'],
  executors: ['kubernetes'],
  images: ['registry.example/ml/*', 'busybox:1'],
  serviceAccounts: ['trainer'],
  connections: ['mlflow_*'],
  pod: ['volumes', 'nodeSelector'],
};
const task = { id: 't', kind: 'run' as const, connections: [] as string[] };

const ask = (
  changes: object,
  policy: Policy = { default: 'deny', rules: [rule] },
  owner = 'group:default/ml-team',
) =>
  policyProblem(
    policy,
    { name: 'train' },
    { ...task, ...changes },
    {
      owner,
      defaultExecutor: 'kubernetes',
    },
  )?.message;

it.each([
  ['the default executor', {}],
  ['an image of the pattern', { image: 'registry.example/ml/a/b:1' }],
  ['an image by its name', { image: 'busybox:1' }],
  ['a connection', { connections: ['mlflow_default'] }],
  ['a service account', { kubernetes: { serviceAccount: 'trainer' } }],
  ['a volume', { kubernetes: { volumes: [] } }],
  [
    'what is harmless',
    { kubernetes: { pullPolicy: 'Always', startTimeoutMs: 1 } },
  ],
  ['no executor for what waits', { kind: 'wait' as const, executor: 'local' }],
])('grants %s', (_, changes) => {
  expect(ask(changes)).toBeUndefined();
});

it.each([
  ['another executor', { executor: 'local' }, 'executor "local"'],
  ['another image', { image: 'busybox:11' }, 'image "busybox:11"'],
  [
    'an image that only ends like it',
    { image: 'x/registry.example/ml/a' },
    'image "x/',
  ],
  ['another connection', { connections: ['aws'] }, 'connection "aws"'],
  [
    'the connection of a request',
    { kind: 'http' as const, connections: ['aws'] },
    '"aws"',
  ],
  [
    'another account',
    { kubernetes: { serviceAccount: 'admin' } },
    'service account "admin"',
  ],
  [
    'another user',
    { kubernetes: { securityContext: { runAsUser: 0 } } },
    '"securityContext"',
  ],
  ['any field of a pod', { kubernetes: { podSpec: {} } }, '"podSpec"'],
  [
    'the image beside',
    { kubernetes: { sidecars: [{ name: 'a', image: 'x' }] } },
    'image "x"',
  ],
])('refuses %s and names the rule', (_, changes, said) => {
  expect(ask(changes)).toContain(said);
  expect(ask(changes)).toContain('rule "ml-team" of maestro.policy');
});

describe('of the pod of a task in Python', () => {
  const of = (configured: (keyof KubernetesSettings)[], more: object = {}) => ({
    kubernetes: {
      securityContext: { runAsUser: 0 },
      nodeSelector: {},
      ...more,
    },
    airflowPod: { python: 'python', configured },
  });

  it('grants the fields that its configuration says', () => {
    expect(ask(of(['securityContext']))).toBeUndefined();
  });

  it.each([
    ['a field that the configuration does not say', of([]), 'securityContext'],
    [
      'another field than the one that it says',
      of(['securityContext'], { podSpec: {} }),
      'podSpec',
    ],
    // Those are granted by their names.
    [
      'the service account that it says',
      of(['securityContext', 'serviceAccount'], { serviceAccount: 'admin' }),
      'service account "admin"',
    ],
    [
      'the image beside that it says',
      of(['securityContext', 'sidecars'], {
        sidecars: [{ name: 'a', image: 'x' }],
      }),
      'image "x"',
    ],
  ])('refuses %s', (_, changes, said) => {
    expect(ask(changes)).toContain(said);
  });
});

it('refuses what no rule names, unless the default is to allow', () => {
  expect(ask({}, undefined, 'user:default/x')).toContain(
    'No rule of maestro.policy names pipeline "train" of user:default/x',
  );
  expect(ask({}, { default: 'deny', rules: [] })).toContain('No rule');
  expect(ask({}, { default: 'allow', rules: [] })).toBeUndefined();
  // One that is named has what the rule says, also then.
  expect(
    ask({ executor: 'local' }, { default: 'allow', rules: [rule] }),
  ).toContain('executor "local"');
});

it('adds up the rules that fit', () => {
  const more: PolicyRule = {
    id: 'all',
    pipelines: ['tr*n'],
    executors: ['local'],
  };
  expect(
    ask({ executor: 'local' }, { default: 'deny', rules: [rule, more] }),
  ).toBeUndefined();
  const other: PolicyRule = {
    id: 'other',
    pipelines: ['x'],
    executors: ['local'],
  };
  expect(
    ask({ executor: 'local' }, { default: 'deny', rules: [rule, other] }),
  ).toContain('only kubernetes');
});

describe('by system', () => {
  const of = (rule_: Partial<PolicyRule>): Policy => ({
    default: 'deny',
    rules: [{ id: 'r', executors: ['kubernetes'], ...rule_ }],
  });
  const FLIGHTS = 'system:default/flights';
  const ML = 'group:default/ml-team';

  // What the rule names, the system of the pipeline, whether it fits.
  it.each([
    [{ systems: [FLIGHTS] }, FLIGHTS, true],
    [{ systems: ['system:default/*'] }, FLIGHTS, true],
    [{ systems: ['system:default/risk', FLIGHTS] }, FLIGHTS, true],
    [{ systems: ['system:default/risk'] }, FLIGHTS, false],
    [{ systems: ['*'] }, FLIGHTS, true],
    // One that is part of none is not part of any.
    [{ systems: ['*'] }, undefined, false],
    [{ systems: [] }, FLIGHTS, false],
    // All that is given must fit.
    [{ systems: [FLIGHTS], owners: [ML] }, FLIGHTS, true],
    [{ systems: [FLIGHTS], owners: ['group:default/risk'] }, FLIGHTS, false],
    [{ systems: ['system:default/risk'], owners: [ML] }, FLIGHTS, false],
    [{ systems: [FLIGHTS], pipelines: ['train'] }, FLIGHTS, true],
    [{ systems: [FLIGHTS], pipelines: ['serve'] }, FLIGHTS, false],
    // A rule of owners does not care.
    [{ owners: [ML] }, FLIGHTS, true],
    [{ owners: [ML] }, undefined, true],
    // An owner's name is no system's.
    [{ systems: [ML] }, undefined, false],
  ])('%j and a pipeline in %s: %s', (named, system, fits) => {
    const problem = policyProblem(of(named), { name: 'train' }, task, {
      owner: ML,
      system,
      defaultExecutor: 'kubernetes',
    });
    expect(problem === undefined).toBe(fits);
  });

  it('adds up with what its owner may, and is named in refusals', () => {
    const rules: PolicyRule[] = [
      { id: 'ml', owners: [ML], executors: ['local'] },
      { id: 'flights', systems: [FLIGHTS], executors: ['kubernetes'] },
    ];
    const askIn = (executor: string, system?: string) =>
      policyProblem(
        { default: 'deny', rules },
        { name: 'train' },
        { ...task, executor },
        { owner: ML, system },
      )?.message;
    expect(askIn('local', FLIGHTS)).toBeUndefined();
    expect(askIn('kubernetes', FLIGHTS)).toBeUndefined();
    expect(askIn('kubernetes')).toContain(
      'rule "ml" of maestro.policy grants group:default/ml-team only local; to allow it, add it to "executors" there',
    );
    expect(askIn('gpu', FLIGHTS)).toContain(
      `rule "ml", "flights" of maestro.policy grants ${ML} in ${FLIGHTS} only local, kubernetes`,
    );
  });

  it('says which system no rule names', () => {
    expect(
      policyProblem(of({ owners: [] }), { name: 'train' }, task, {
        owner: ML,
        system: FLIGHTS,
      })?.message,
    ).toContain(`pipeline "train" of ${ML} in ${FLIGHTS}, and`);
  });
});

it('a pattern of many stars takes no time', () => {
  const images = [`${'*a'.repeat(500)}*b`];
  const begun = cpuTime();
  ask(
    { image: 'a'.repeat(10_000) },
    { default: 'deny', rules: [{ ...rule, images }] },
  );
  expect(cpuTime() - begun).toBeLessThan(2_000);
});

describe('what a pattern fits', () => {
  const fits = (pattern: string, image: string) =>
    ask(
      { image },
      { default: 'deny', rules: [{ ...rule, images: [pattern] }] },
    ) === undefined;

  it.each([
    ['*', 'anything'],
    ['*', ''],
    ['a', 'a'],
    ['a*', 'a'],
    ['a*', 'abc'],
    ['*c', 'abc'],
    ['a*c', 'ac'],
    ['a*c', 'abcc'],
    ['a*b*c', 'axbxbxc'],
    ['a*a', 'aa'],
    ['*b*', 'abc'],
    ['a**c', 'abc'],
  ])('%s fits %j', (pattern, image) => {
    expect(fits(pattern, image)).toBe(true);
  });

  it.each([
    ['a', 'ab'],
    ['a', 'ba'],
    ['a*', 'ba'],
    ['*c', 'cb'],
    ['a*c', 'ab'],
    ['a*c', 'xac'],
    // No character counts twice.
    ['a*a', 'a'],
    ['ab*bc', 'abc'],
    ['a*b*c', 'acb'],
    ['a*b*c', 'acc'],
    ['a*bb*b', 'abb'],
    ['', 'a'],
  ])('%s does not fit %j', (pattern, image) => {
    expect(fits(pattern, image)).toBe(false);
  });

  it('says where below the task it stands', () => {
    const where = (changes: object) =>
      policyProblem(
        { default: 'deny', rules: [{ id: 'none' }] },
        { name: 'train' },
        { ...task, ...changes },
        { owner: 'group:default/ml-team' },
      )?.path;
    expect([
      where({ connections: ['a'] }),
      where({ executor: 'local' }),
      where({ image: 'i' }),
      where({ kubernetes: { sidecars: [{ name: 's', image: 'i' }] } }),
      where({ kubernetes: { serviceAccount: 's' } }),
      where({ kubernetes: { labels: { a: 'b' } } }),
    ]).toStrictEqual([
      ['connections'],
      ['executor'],
      ['image'],
      ['kubernetes', 'sidecars'],
      ['kubernetes', 'serviceAccount'],
      ['kubernetes', 'labels'],
    ]);
  });
});

describe('a resource', () => {
  const resource = (spec: object) => ({
    resource: {
      manifest: { apiVersion: 'batch/v1', kind: 'Job', spec },
      success: 'true',
      keep: 'never' as const,
    },
  });
  const judge = (granted: object, spec: object, isFilledIn = true) =>
    policyProblem(
      { default: 'deny', rules: [{ id: 'r', ...granted }] },
      { name: 'train' },
      { id: 'a', kind: 'run', connections: [], ...resource(spec) },
      { owner: 'group:default/ml-team', isFilledIn },
    )?.message;

  it.each([
    ['a kind', { resources: ['batch/v1/Job'] }, {}],
    ['all kinds of a group', { resources: ['batch/*'] }, {}],
    [
      'with what stands in it',
      { resources: ['*'], images: ['a:*'], serviceAccounts: ['s'] },
      { a: [{ image: 'a:1' }], serviceAccountName: 's' },
    ],
  ])('may be %s', (_, granted, spec) => {
    expect(judge(granted, spec)).toBeUndefined();
  });

  it.each([
    ['nothing was granted', {}, {}, 'resource "batch/v1/Job"'],
    ['only another kind was', { resources: ['ray.io/*'] }, {}, 'only ray.io/*'],
    [
      'an executor was',
      { executors: ['*'] },
      {},
      'grants group:default/ml-team no resources',
    ],
    [
      'of an image deep inside',
      { resources: ['*'] },
      { template: { containers: [{ image: 'evil' }] } },
      'image "evil"',
    ],
    [
      'of a service account',
      { resources: ['*'], images: ['*'] },
      { serviceAccountName: 'admin' },
      'service account "admin"',
    ],
  ])('is refused when %s', (_, granted, spec, words) => {
    expect(judge(granted, spec)).toContain(words);
  });

  it.each<[string, object, object, string[]]>([
    ['its kind', {}, {}, ['kind']],
    [
      'an image in a list, and nothing beside it that is no text',
      { resources: ['*'] },
      { a: null, b: 1, containers: [{ image: 'x' }] },
      ['spec', 'containers', '0', 'image'],
    ],
    [
      'a service account',
      { resources: ['*'] },
      { serviceAccount: 's' },
      ['spec', 'serviceAccount'],
    ],
  ])('the place is that of %s', (_, granted, spec, path) => {
    expect(
      policyProblem(
        { default: 'deny', rules: [{ id: 'r', ...granted }] },
        { name: 'train' },
        { id: 'a', kind: 'run', connections: [], ...resource(spec) },
        { owner: 'group:default/ml-team' },
      )?.path,
    ).toStrictEqual(['kubernetes.resource', 'manifest', ...path]);
  });

  it('has values that are judged later unless it says that they are there', () => {
    expect(
      policyProblem(
        { default: 'deny', rules: [{ id: 'r', resources: ['*'] }] },
        { name: 'train' },
        {
          id: 'a',
          kind: 'run',
          connections: [],
          ...resource({ image: '${{ params.image }}' }),
        },
        { owner: 'group:default/ml-team' },
      ),
    ).toBeUndefined();
  });

  it('is judged by values once they are filled in', () => {
    const spec = { image: '${{ params.image }}' };
    expect(judge({ resources: ['*'] }, spec, false)).toBeUndefined();
    expect(judge({ resources: ['*'] }, spec)).toContain('image');
  });
});

describe('of tasks of DAG files', () => {
  const ML = 'group:default/ml';
  const of = (more: Partial<PolicyRule>): Policy => ({
    default: 'deny',
    rules: [{ id: 'ml', owners: [ML], executors: ['airflow'], ...more }],
  });
  const dagTask = {
    ...task,
    executor: 'airflow',
    airflow: { operator: 'PythonOperator' },
  };

  // What is granted, what the task wants, what is said.
  it.each<[Partial<PolicyRule>, object, string | undefined]>([
    [{}, {}, undefined],
    [{ variables: ['ml_*'] }, { variables: ['ml_x'] }, undefined],
    [{ variables: ['ml_*'] }, { variables: ['x'] }, 'variable "x": '],
    [{}, { variables: ['x'] }, 'no variables'],
    [{ pools: ['gpu'] }, { pool: 'gpu' }, undefined],
    [{ pools: ['gpu'] }, { pool: 'cpu' }, 'only gpu'],
    [{}, { pool: 'cpu' }, 'pool "cpu": '],
    [{ connections: ['db'] }, { connections: ['db'] }, undefined],
    [{}, { connections: ['db'] }, 'no connections'],
    // Those of other pipelines are what somebody has registered.
    [{}, { airflow: undefined, variables: ['x'], pool: 'cpu' }, undefined],
  ])('%j and %j: %s', (granted, wants, said) => {
    const message = policyProblem(
      of(granted),
      { name: 'a' },
      { ...dagTask, ...wants },
      { owner: ML },
    )?.message;
    expect(message ?? 'granted').toContain(said ?? 'granted');
  });

  const RISK = 'group:default/risk';

  // The policy, whose DAG is started or cleared, what is said.
  it.each<[Policy, { name: string; owner: string }, string | undefined]>([
    [of({}), { name: 'a', owner: ML }, undefined],
    [
      of({}),
      { name: 'b', owner: ML },
      'Tasks of "a" may not start or clear runs of "b" of group:default/ml: rule "ml" of maestro.policy grants group:default/ml no dags; to allow it, add it to "dags" there',
    ],
    [of({ dags: ['b'] }), { name: 'b', owner: RISK }, undefined],
    [of({ dags: ['b*'] }), { name: 'b2', owner: RISK }, undefined],
    [of({ dags: ['b'] }), { name: 'b2', owner: RISK }, 'only b'],
    [of({ dagsOf: [ML] }), { name: 'b', owner: ML }, undefined],
    [
      of({ dags: ['c'], dagsOf: [ML] }),
      { name: 'b', owner: RISK },
      'only c, those of group:default/ml',
    ],
    [of({ dagsOf: ['*'] }), { name: 'b', owner: RISK }, undefined],
    // An owner is no name, and a name no owner.
    [of({ dags: [RISK] }), { name: 'b', owner: RISK }, 'may not'],
    [of({ dagsOf: ['b'] }), { name: 'b', owner: RISK }, 'may not'],
    [
      { default: 'deny', rules: [] },
      { name: 'b', owner: ML },
      'No rule of maestro.policy names pipeline "a" of group:default/ml',
    ],
    [{ default: 'deny', rules: [] }, { name: 'a', owner: ML }, undefined],
    [{ default: 'allow', rules: [] }, { name: 'b', owner: RISK }, undefined],
    // A rule that names other pipelines grants these nothing.
    [
      of({ pipelines: ['x'], dags: ['*'] }),
      { name: 'b', owner: ML },
      'No rule',
    ],
    [
      of({ systems: ['system:default/s'], dags: ['*'] }),
      { name: 'b', owner: ML },
      'No rule',
    ],
  ])('%j and runs of %j: %s', (policy, dag, said) => {
    const message = otherDagProblem(policy, { name: 'a', owner: ML }, dag);
    expect(message ?? 'granted').toContain(said ?? 'granted');
  });
});
