import { compileDag } from './compileDag';
import { lowerPod, type NativePod } from './lowerPod';
import type { LoweringOptions, NativeFacts } from './lowering';

type Part = Record<string, unknown>;

/** As the parse process tells it: with all that is empty. */
function facts(
  { spec = {}, container = {}, metadata = {} }: Record<string, Part>,
  more: Partial<NativePod> = {},
): NativePod {
  return {
    pod: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        annotations: {},
        labels: {},
        name: 'my-pod-qx9aqqv6',
        namespace: 'airflow',
        ...metadata,
      },
      spec: {
        affinity: {},
        containers: [
          {
            args: ['print("Hello from Airflow")'],
            command: ['python', '-c'],
            env: [],
            envFrom: [],
            image: 'python:3.11-slim',
            name: 'base',
            ports: [],
            terminationMessagePolicy: 'File',
            volumeMounts: [],
            ...container,
          },
        ],
        hostNetwork: false,
        imagePullSecrets: [],
        initContainers: [],
        nodeSelector: {},
        restartPolicy: 'Never',
        securityContext: {},
        tolerations: [],
        volumes: [],
        ...spec,
      },
    },
    namespace: 'airflow',
    container: 'base',
    startSeconds: 240,
    skipExitCodes: [],
    ...more,
  };
}
const lowered = (parts: Record<string, Part>) => {
  const task = lowerPod(facts(parts));
  if ('python' in task) throw new Error(task.python);
  return task;
};

it('is the pod of the operator, without a name that changes each time', () => {
  expect(lowerPod(facts({}))).toEqual({
    image: 'python:3.11-slim',
    command: ['python', '-c', 'print("Hello from Airflow")'],
    kubernetes: { workDir: 'image', startTimeoutMs: 240_000 },
    skipExitCodes: [],
  });
});

it('has the lines of its texts as Airflow hands them on', () => {
  const container = { command: ['sh', '-c'], args: ['a\r\nb\n\n'] };
  expect(lowered({ container }).command).toEqual(['sh', '-c', 'a\nb\n']);
  // Those of a template are left to Jinja.
  const templates = { arguments: ['a\r\nb\n\n'] };
  expect(lowerPod(facts({ container }, { templates }))).toMatchObject({
    command: ['sh', '-c', 'a\r\nb\n\n'],
  });
});

const volumes = [
  { name: 'data', persistentVolumeClaim: { claimName: 'c' } },
  { name: 'settings', configMap: { name: 'm' } },
  { name: 'keys', secret: { secretName: 's' } },
  { name: 'scratch', emptyDir: {} },
  { name: 'room', emptyDir: { sizeLimit: '1Gi' } },
];
const mount = (name: string, more: Part = {}) => ({
  name,
  mountPath: `/${name}`,
  ...more,
});

it.each<[string, Record<string, Part>, object]>([
  [
    'resources',
    { container: { resources: { limits: { cpu: 2, memory: '1Gi' } } } },
    { resources: { limits: { cpu: '2', memory: '1Gi' } } },
  ],
  [
    'environment, as Kubernetes fills it in',
    {
      container: {
        command: ['sh', '-c', 'echo $(B) $(date) $$(A) $HOME $(A'],
        env: [
          { name: 'A', value: 'a' },
          { name: 'B', value: '$(A)$(C)' },
          { name: 'C' },
        ],
        args: [],
      },
    },
    {
      env: { A: 'a', B: 'a$(C)', C: '' },
      command: ['sh', '-c', 'echo a$(C) $(date) $(A) $HOME $(A'],
    },
  ],
  [
    'who it is, and where it runs',
    {
      spec: {
        nodeSelector: { disk: 'fast' },
        tolerations: [{ key: 'gpu', operator: 'Exists' }],
        affinity: { nodeAffinity: { x: 1 } },
        serviceAccountName: 'trainer',
        priorityClassName: 'high',
        imagePullSecrets: [{ name: 'registry' }],
        securityContext: { runAsUser: 0, fsGroup: 7 },
        runtimeClassName: 'gvisor',
      },
      container: {
        imagePullPolicy: 'Always',
        securityContext: { runAsUser: 5, readOnlyRootFilesystem: true },
      },
      metadata: { labels: { team: 'ml' }, annotations: { note: 'x' } },
    },
    {
      kubernetes: {
        nodeSelector: { disk: 'fast' },
        tolerations: [{ key: 'gpu', operator: 'Exists' }],
        affinity: { nodeAffinity: { x: 1 } },
        serviceAccount: 'trainer',
        priorityClass: 'high',
        imagePullSecrets: ['registry'],
        pullPolicy: 'Always',
        labels: { team: 'ml' },
        annotations: { note: 'x' },
        securityContext: {
          runAsUser: 5,
          fsGroup: 7,
          readOnlyRootFilesystem: true,
        },
        podSpec: { runtimeClassName: 'gvisor' },
      },
    },
  ],
  [
    'volumes',
    {
      spec: { volumes },
      container: {
        volumeMounts: [
          mount('data', { subPath: 'x', readOnly: true }),
          mount('settings'),
          mount('keys'),
          mount('scratch'),
          mount('room'),
        ],
      },
    },
    {
      kubernetes: {
        volumes: [
          { mountPath: '/data', subPath: 'x', readOnly: true, claim: 'c' },
          { mountPath: '/settings', configMap: 'm' },
          { mountPath: '/keys', secret: 's' },
          { mountPath: '/scratch', empty: '' },
          { mountPath: '/room', empty: '1Gi' },
        ],
      },
    },
  ],
])('has its %s', (_, parts, task) => {
  expect(lowered(parts)).toMatchObject(task);
});

it.each<[string, Record<string, Part>, string]>([
  ['cmds', { container: { command: [] } }, 'cmds= is missing'],
  ['an image', { container: { image: undefined } }, 'it names no image'],
  ['a number as a command', { container: { command: [1] } }, 'cmds= has 1,'],
  [
    'a number as an argument',
    { container: { args: ['--n', 3] } },
    'arguments= has 3, which is no text',
  ],
  [
    'nothing as an argument',
    { container: { args: [null] } },
    'arguments= has null, which is no text',
  ],
  ['no list of arguments', { container: { args: 'a b' } }, 'no list'],
  [
    'a number as a variable',
    { container: { env: [{ name: 'A', value: 3 }] } },
    'env_vars= has 3, which is no text',
  ],
  [
    'a field of its own',
    { spec: { hostNetwork: true } },
    'its pod has spec.hostNetwork, which',
  ],
  [
    'a Secret in its environment',
    { container: { env: [{ name: 'A', valueFrom: { secretKeyRef: {} } }] } },
    'its pod has env A.valueFrom, which',
  ],
  [
    'all of a Secret in it',
    { container: { envFrom: [{ secretRef: { name: 's' } }] } },
    'its pod has container.envFrom, which',
  ],
  [
    'a second container',
    { spec: { containers: [{ name: 'base' }, { name: 'side' }] } },
    'other containers',
  ],
  [
    'a volume of the node',
    {
      spec: { volumes: [{ name: 'v', hostPath: { path: '/' } }] },
      container: { volumeMounts: [mount('v')] },
    },
    'its pod has volume v.hostPath, which',
  ],
  [
    'one volume in two places',
    {
      spec: { volumes },
      container: {
        volumeMounts: [mount('scratch'), { name: 'scratch', mountPath: '/b' }],
      },
    },
    'mounted twice',
  ],
  [
    'the name of a pull secret alone',
    { spec: { imagePullSecrets: 'regcred' } },
    'imagePullSecrets is "regcred", which is no list',
  ],
  [
    'a mapping as its environment',
    { container: { env: { A: '1' } } },
    'env_vars= is {"A":"1"}, which is no list',
  ],
  ['no volume', { container: { volumeMounts: [mount('x')] } }, 'no volume "x"'],
  [
    'a privilege',
    { container: { securityContext: { privileged: true } } },
    'securityContext.privileged',
  ],
  [
    'an account whose token it does not want',
    {
      spec: { serviceAccountName: 'a', automountServiceAccountToken: false },
    },
    'automount_service_account_token',
  ],
  [
    'a label of Maestro',
    { metadata: { labels: { 'maestro.dev/run': 'x' } } },
    'set by Maestro',
  ],
  [
    "a volume in Maestro's folder",
    {
      spec: { volumes },
      container: { volumeMounts: [mount('data', { mountPath: '/maestro' })] },
    },
    "Maestro's own folder",
  ],
  ['an expression', { container: { args: ['${{ x }}'] } }, 'expression'],
  [
    'another message',
    { container: { terminationMessagePolicy: 'FallbackToLogsOnError' } },
    'termination_message_policy=',
  ],
])('leaves what has %s to Python', (_, parts, reason) => {
  expect(lowerPod(facts(parts))).toEqual({
    python: expect.stringContaining(reason),
  });
});

describe('a task of a DAG', () => {
  const compiled = (
    native: NativeFacts | undefined,
    options: LoweringOptions = {},
    more: Part = {},
  ) => {
    const { definition } = compileDag(
      {
        dag: {
          dag_id: 'd',
          relative_fileloc: 'd.py',
          timetable: {
            __type: 'airflow.timetables.simple.NullTimetable',
            __var: {},
          },
          task_group: { _group_id: null, children: {} },
          tasks: [
            {
              __type: 'operator',
              __var: {
                task_id: 'a',
                task_type: 'KubernetesPodOperator',
                execution_timeout: 60,
                ...more,
              },
            },
          ],
        },
        owner: 'o',
        pausedUponCreation: false,
        line: 1,
        tasks: { a: { line: 3, native } },
      },
      {
        source: 's',
        environment: 'e',
        ownerOf: () => 'o',
        notes: [],
        ...options,
      },
    );
    return definition!;
  };

  it('takes the native way with its own timeout, and its namespace is noted', () => {
    const { tasks, airflow } = compiled(facts({}));
    expect(tasks[0]).toMatchObject({
      executor: 'kubernetes',
      airflowPath: { path: 'native' },
      timeoutMs: 60_000,
      airflow: { operator: 'KubernetesPodOperator', namespace: 'airflow' },
    });
    expect(airflow!.notes).toEqual([
      {
        line: 3,
        message: expect.stringMatching(
          /^namespace="airflow" of task "a" has no effect: /,
        ),
      },
    ]);
  });

  it('tells its templates, which are rendered before it is launched', () => {
    const templates = { arguments: ['{{ ds }}'] };
    const [task] = compiled(
      facts({ container: { args: ['{{ ds }}'] } }, { templates }),
    ).tasks;
    expect(task).toMatchObject({
      command: ['python', '-c', '{{ ds }}'],
      airflow: { templates },
    });
  });

  it.each<[string, NativeFacts | undefined, LoweringOptions, Part, string]>([
    ['a callback', { python: 'a callback' }, {}, {}, 'a callback'],
    ['where pods are off', facts({}), { podsInPython: 'off' }, {}, 'off'],
    [
      'that is mapped',
      undefined,
      {},
      { _is_mapped: true, expand_input: { type: 'list-of-dicts', value: [] } },
      'it is mapped',
    ],
    [
      'of another kind',
      undefined,
      {},
      { task_type: 'PythonOperator' },
      'PythonOperator is Python code',
    ],
    [
      'whose pod is another one',
      facts({ spec: { hostPID: true } }),
      {},
      {},
      "its pod has spec.hostPID, which Maestro's pods do not take over",
    ],
  ])('takes that of Python %s', (_, native, options, more, reason) => {
    const [task] = compiled(native, options, more).tasks;
    expect(task).toMatchObject({
      executor: 'airflow',
      airflowPath: { path: 'python', reason },
      timeoutMs: 120_000,
    });
    expect(task.command).toBeUndefined();
    expect(task.skipExitCodes).toBeUndefined();
  });

  it('that does nothing needs no Python', () => {
    const [task] = compiled(undefined, {}, { _is_empty: true }).tasks;
    expect(task).toMatchObject({
      airflowPath: { path: 'native' },
      airflow: { empty: true },
    });
  });
});
