import type { KubernetesSettings } from '@maestro/plugin-maestro-common';
import type { AirflowPods } from './inPod';
import { compileDag } from './compileDag';
import { described, task } from './__testUtils__/describedDag';
import type { SerializedTask } from './serialized';

const PODS: AirflowPods = {
  pod: { python: 'python' },
  settings: {
    image: 'team/airflow:3',
    resources: { requests: { cpu: '250m' } },
    kubernetes: { pullPolicy: 'IfNotPresent', labels: { team: 'ml' } },
  },
  queues: new Map([
    ['gpu', { image: 'team/gpu:3', kubernetes: { queue: 'gpus' } }],
  ]),
};

function compile(
  more: Partial<SerializedTask> = {},
  facts: object = {},
  pods: AirflowPods | null = PODS,
) {
  const { definition, problems } = compileDag(
    described({}, [task('a', more)], { tasks: { a: { line: 12, ...facts } } }),
    {
      source: 's',
      environment: 'default',
      ownerOf: () => 'o',
      notes: [],
      pods: pods ?? undefined,
      airflowVersion: '3.3.2',
    },
  );
  return {
    task: definition?.tasks[0],
    notes: definition?.airflow?.notes ?? [],
    problems,
  };
}

/** `executor_config=` as the parse process tells it. */
const override = (pod: object) => ({ executorConfig: { pod } });
const container = (fields: object) =>
  override({ spec: { containers: [{ name: 'base', ...fields }] } });

it('is an attempt of the executor of pods, with the image of its source', () => {
  const {
    task: compiled,
    notes,
    problems,
  } = compile({ execution_timeout: 10 });
  expect(compiled).toMatchObject({
    executor: 'kubernetes',
    airflowPath: { path: 'python', reason: 'BashOperator is Python code' },
    airflowPod: { python: 'python', airflowVersion: '3.3.2' },
    image: 'team/airflow:3',
    resources: { requests: { cpu: '250m' } },
    kubernetes: { pullPolicy: 'IfNotPresent', labels: { team: 'ml' } },
    // Airflow's own comes first, so that callbacks run.
    timeoutMs: 70_000,
  });
  expect(compiled).not.toHaveProperty('command');
  expect([notes, problems]).toEqual([[], []]);
});

it('is a process where its source says nothing of pods', () => {
  const { task: compiled } = compile({}, {}, null);
  expect(compiled).toMatchObject({ executor: 'airflow' });
  for (const field of ['airflowPod', 'image', 'kubernetes', 'resources']) {
    expect(compiled).not.toHaveProperty(field);
  }
});

it('is one of a command too, which would run on the machine of the scheduler', () => {
  const native = {
    bash: {
      command: 'echo hi',
      env: null,
      appendEnv: false,
      cwd: null,
      skipExitCodes: [99],
      handsOn: true,
      owner: 'airflow',
      templates: {},
    },
  };
  expect(compile({}, { native }, null).task).toMatchObject({
    airflowPath: { path: 'native' },
    executor: 'airflow',
  });
  const { task: compiled } = compile({}, { native });
  expect(compiled).toMatchObject({
    airflowPath: {
      path: 'python',
      reason: 'its command runs in the image of its source',
    },
    executor: 'kubernetes',
    image: 'team/airflow:3',
  });
  expect(compiled).not.toHaveProperty('bash');
});

it('leaves alone what needs no Python', () => {
  const { task: compiled } = compile({ _is_empty: true });
  expect(compiled).toMatchObject({ executor: 'airflow' });
  expect(compiled).not.toHaveProperty('airflowPod');
});

it.each<[string, Partial<SerializedTask>, object, object]>([
  [
    'the queue of the task',
    { queue: 'gpu' },
    {},
    {
      image: 'team/gpu:3',
      resources: { requests: { cpu: '250m' } },
      kubernetes: {
        pullPolicy: 'IfNotPresent',
        labels: { team: 'ml' },
        queue: 'gpus',
      },
    },
  ],
  ['the default queue', { queue: 'default' }, {}, PODS.settings],
  [
    'its pod_override before its queue',
    { queue: 'gpu' },
    container({ image: 'own:1', imagePullPolicy: 'Never' }),
    {
      image: 'own:1',
      kubernetes: {
        pullPolicy: 'Never',
        labels: { team: 'ml' },
        queue: 'gpus',
      },
    },
  ],
  [
    'resources',
    {},
    container({
      resources: { limits: { memory: '2Gi', 'nvidia.com/gpu': 1 } },
    }),
    { resources: { limits: { memory: '2Gi', 'nvidia.com/gpu': '1' } } },
  ],
  [
    'environment, with what Kubernetes puts in',
    {},
    container({
      env: [
        { name: 'A', value: 'x' },
        { name: 'B', value: '$(A)y' },
      ],
    }),
    { env: { A: 'x', B: 'xy' } },
  ],
  [
    'labels and annotations, beside those of the source',
    {},
    override({
      metadata: { labels: { tier: 'a' }, annotations: { why: 'so' } },
      spec: {},
    }),
    {
      image: 'team/airflow:3',
      kubernetes: {
        pullPolicy: 'IfNotPresent',
        labels: { team: 'ml', tier: 'a' },
        annotations: { why: 'so' },
      },
    },
  ],
  [
    'where it runs',
    {},
    override({
      spec: {
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'gpu', operator: 'Exists' }],
        serviceAccountName: 'trainer',
        priorityClassName: 'high',
        imagePullSecrets: [{ name: 'r' }],
        securityContext: { runAsUser: 50000, fsGroup: 0 },
        runtimeClassName: 'gvisor',
      },
    }),
    {
      kubernetes: {
        pullPolicy: 'IfNotPresent',
        labels: { team: 'ml' },
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'gpu', operator: 'Exists' }],
        serviceAccount: 'trainer',
        priorityClass: 'high',
        imagePullSecrets: ['r'],
        securityContext: { runAsUser: 50000, fsGroup: 0 },
        podSpec: { runtimeClassName: 'gvisor' },
      },
    },
  ],
  [
    'volumes',
    {},
    override({
      spec: {
        containers: [
          {
            name: 'base',
            volumeMounts: [{ name: 'd', mountPath: '/data' }],
          },
        ],
        volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'pvc' } }],
      },
    }),
    {
      kubernetes: {
        pullPolicy: 'IfNotPresent',
        labels: { team: 'ml' },
        volumes: [{ mountPath: '/data', claim: 'pvc' }],
      },
    },
  ],
  [
    'an empty folder without a limit',
    {},
    override({
      spec: {
        containers: [
          { name: 'base', volumeMounts: [{ name: 'd', mountPath: '/data' }] },
        ],
        volumes: [{ name: 'd', emptyDir: {} }],
      },
    }),
    {
      kubernetes: {
        pullPolicy: 'IfNotPresent',
        labels: { team: 'ml' },
        volumes: [{ mountPath: '/data', empty: '' }],
      },
    },
  ],
])('has %s', (_, more, facts, expected) => {
  const { task: compiled, problems } = compile(more, facts);
  expect(problems).toEqual([]);
  expect(compiled).toMatchObject(expected);
  const { kubernetes = compiled!.kubernetes } = expected as {
    kubernetes?: object;
  };
  expect(compiled!.kubernetes).toEqual(kubernetes);
});

it.each<[string, object, string]>([
  [
    'a volume of the host',
    override({
      spec: {
        containers: [
          { name: 'base', volumeMounts: [{ name: 'h', mountPath: '/h' }] },
        ],
        volumes: [{ name: 'h', hostPath: { path: '/' } }],
      },
    }),
    'its pod has volume h.hostPath',
  ],
  [
    'the network of the host',
    override({ spec: { hostNetwork: true } }),
    'its pod has spec.hostNetwork',
  ],
  [
    'another container',
    override({ spec: { containers: [{ name: 'base' }, { name: 'side' }] } }),
    'other containers beside that of the task',
  ],
  [
    'init containers',
    override({ spec: { initContainers: [{ name: 'i', image: 'x' }] } }),
    'its pod has spec.initContainers',
  ],
  ['another command', container({ command: ['sh'] }), 'container.command'],
  [
    'a variable from a Secret',
    container({ env: [{ name: 'A', valueFrom: { secretKeyRef: {} } }] }),
    'env A.valueFrom',
  ],
  [
    'an expression of Maestro',
    container({ env: [{ name: 'A', value: '${{ vars.a }}' }] }),
    'an expression of Maestro',
  ],
  [
    'restarts',
    override({ spec: { restartPolicy: 'OnFailure' } }),
    'restartPolicy OnFailure',
  ],
  [
    'a label of Maestro',
    override({ metadata: { labels: { 'maestro.dev/run': 'x' } } }),
    'is set by Maestro',
  ],
  // The client of Python checks no types.
  [
    'a variable that is no V1EnvVar',
    container({ env: { A: '1' } }),
    'env of its container is {"A":"1"}, which is no list',
  ],
  [
    'a variable without a name',
    container({ env: [{ value: 'x' }] }),
    'which has no name',
  ],
  ['a list of texts as variables', container({ env: ['A=1'] }), '"A=1"'],
  [
    'the name of a pull secret alone',
    override({ spec: { imagePullSecrets: 'regcred' } }),
    'imagePullSecrets is "regcred", which is no list',
  ],
  [
    'names of pull secrets',
    override({ spec: { imagePullSecrets: ['regcred'] } }),
    'imagePullSecrets has "regcred", which is no object',
  ],
  [
    'containers that are none',
    override({ spec: { containers: { name: 'base' } } }),
    'spec.containers is {"name":"base"}, which is no list',
  ],
  [
    'a container that is a text',
    override({ spec: { containers: ['base'] } }),
    'spec.containers has "base", which is no object',
  ],
  [
    'mounts that are none',
    container({ volumeMounts: { name: 'v' } }),
    'volumeMounts is {"name":"v"}, which is no list',
  ],
  [
    'volumes that are none',
    override({ spec: { volumes: 'v' } }),
    'spec.volumes is "v", which is no list',
  ],
  [
    'a text as resources',
    container({ resources: { limits: '2Gi' } }),
    'resources.limits is "2Gi", which is no object',
  ],
  [
    'an amount that is none',
    container({ resources: { limits: { cpu: [1] } } }),
    'resources.limits.cpu is [1], which is no amount',
  ],
  ['a spec that is a text', override({ spec: 'x' }), 'spec is "x"'],
  ['an image that is no text', container({ image: 3 }), 'image: '],
  [
    'an unknown pull policy',
    container({ imagePullPolicy: 'Sometimes' }),
    'kubernetes.pullPolicy: ',
  ],
  [
    'a label that Kubernetes does not take',
    override({ metadata: { labels: { team: 'a b' } } }),
    'kubernetes.labels.team: letters, digits',
  ],
  [
    'labels that are a list',
    override({ metadata: { labels: ['a'] } }),
    'kubernetes.labels: ',
  ],
  [
    'a user that is a text',
    override({ spec: { securityContext: { runAsUser: '0' } } }),
    'kubernetes.securityContext.runAsUser: ',
  ],
  [
    'a toleration of its own making',
    override({ spec: { tolerations: [{ taint: 'x' }] } }),
    'kubernetes.tolerations[0]: ',
  ],
  [
    'a volume at no absolute path',
    override({
      spec: {
        containers: [
          { name: 'base', volumeMounts: [{ name: 'd', mountPath: 'data' }] },
        ],
        volumes: [{ name: 'd', emptyDir: {} }],
      },
    }),
    'kubernetes.volumes[0].mountPath: an absolute path',
  ],
  [
    'what is no pod_override',
    { executorConfig: { unfit: 'it has "pod_template_file"' } },
    'it has "pod_template_file"',
  ],
])('cannot have %s, and says so at its line', (_, facts, said) => {
  const { task: compiled, problems } = compile({}, facts);
  expect(compiled).toBeUndefined();
  expect(problems).toMatchObject([
    {
      line: 12,
      message: expect.stringMatching(
        /^task "a" cannot have the pod of executor_config=: /,
      ),
    },
  ]);
  expect(problems[0].message).toContain(said);
});

it.each<[string, KubernetesSettings, object, KubernetesSettings]>([
  [
    'user and group of its source',
    { securityContext: { runAsUser: 50000, runAsGroup: 0 } },
    container({ securityContext: { readOnlyRootFilesystem: true } }),
    {
      securityContext: {
        runAsUser: 50000,
        runAsGroup: 0,
        readOnlyRootFilesystem: true,
      },
    },
  ],
  [
    'the group of its source beside its own user',
    { securityContext: { runAsUser: 50000, runAsGroup: 0 } },
    container({ securityContext: { runAsUser: 7 } }),
    { securityContext: { runAsUser: 7, runAsGroup: 0 } },
  ],
  [
    'the scheduler of its source',
    { podSpec: { schedulerName: 'volcano' } },
    override({ spec: { hostname: 'h' } }),
    { podSpec: { schedulerName: 'volcano', hostname: 'h' } },
  ],
])('keeps %s', (_, below, facts, kubernetes) => {
  const { task: compiled, problems } = compile({}, facts, {
    ...PODS,
    settings: { ...PODS.settings, kubernetes: below },
  });
  expect(problems).toEqual([]);
  expect(compiled!.kubernetes).toEqual(kubernetes);
});

/* What the configuration says is granted; a DAG file may not claim it. */
describe('fields of the pod that are those of the configuration', () => {
  const kubernetes: KubernetesSettings = {
    securityContext: { runAsUser: 50000 },
    labels: { team: 'ml' },
  };
  const pods: AirflowPods = {
    ...PODS,
    settings: { ...PODS.settings, kubernetes },
    queues: new Map([
      ['gpu', { kubernetes: { nodeSelector: { gpu: 'yes' } } }],
      ['root', { kubernetes: { securityContext: { runAsUser: 0 } } }],
    ]),
  };
  const asUser = (runAsUser: number) =>
    override({ spec: { securityContext: { runAsUser } } });

  it.each<[string, Partial<SerializedTask>, object, string[]]>([
    ['its source', {}, {}, ['labels', 'securityContext']],
    [
      'its queue',
      { queue: 'gpu' },
      {},
      ['labels', 'nodeSelector', 'securityContext'],
    ],
    [
      'a pod_override that says the same',
      {},
      asUser(50000),
      ['labels', 'securityContext'],
    ],
    ['a pod_override with another user', {}, asUser(0), ['labels']],
    [
      'a pod_override with the user of a queue that it is not in',
      { queue: 'gpu' },
      asUser(0),
      ['labels', 'nodeSelector'],
    ],
    [
      'a pod_override that adds to the user',
      {},
      container({ securityContext: { readOnlyRootFilesystem: true } }),
      ['labels'],
    ],
    [
      'a pod_override with a label more, and a field of its own',
      {},
      override({
        metadata: { labels: { tier: 'a' } },
        spec: { nodeSelector: { gpu: 'yes' } },
      }),
      ['securityContext'],
    ],
  ])('%s', (_, more, facts, configured) => {
    const { task: compiled, problems } = compile(more, facts, pods);
    expect(problems).toEqual([]);
    expect(compiled!.airflowPod).toEqual({
      python: 'python',
      airflowVersion: '3.3.2',
      configured,
    });
  });

  it('are not what a file says they are', () => {
    const { task: compiled } = compile(
      {
        airflowPod: { configured: ['securityContext'] },
      } as Partial<SerializedTask>,
      {
        airflowPod: { configured: ['securityContext'] },
        ...asUser(0),
      },
      pods,
    );
    expect(compiled!.airflowPod!.configured).toEqual(['labels']);
  });
});

it('cannot mount two volumes at one place, whoever says them', () => {
  const volumes = [{ mountPath: '/data', empty: '' }];
  const { problems } = compile(
    {},
    override({
      spec: {
        containers: [
          { name: 'base', volumeMounts: [{ name: 'd', mountPath: '/data/' }] },
        ],
        volumes: [{ name: 'd', configMap: { name: 'c' } }],
      },
    }),
    { ...PODS, settings: { ...PODS.settings, kubernetes: { volumes } } },
  );
  expect(problems).toMatchObject([
    { message: expect.stringContaining('Two volumes are mounted at "/data"') },
  ]);
});

it.each<[string, Partial<SerializedTask>, object, AirflowPods | null, string]>([
  [
    'a queue that its source does not know',
    { queue: 'big' },
    {},
    PODS,
    'queue="big" of task "a" has no effect: its source in maestro.airflow has the queues gpu',
  ],
  [
    'a namespace',
    {},
    override({ metadata: { namespace: 'other' }, spec: {} }),
    PODS,
    'namespace="other" of task "a" has no effect',
  ],
  [
    'a queue of a process',
    { queue: 'gpu' },
    {},
    null,
    'queue="gpu" of task "a" has no effect: its process runs on the machine',
  ],
  [
    'a pod of a process',
    {},
    override({ spec: { hostNetwork: true } }),
    null,
    'executor_config= of task "a" has no effect: its process runs on the machine',
  ],
])('notes at its line that %s has no effect', (_, more, facts, pods, said) => {
  const { notes, problems } = compile(more, facts, pods);
  expect(problems).toEqual([]);
  expect(notes).toMatchObject([
    { line: 12, message: expect.stringContaining(said) },
  ]);
});
