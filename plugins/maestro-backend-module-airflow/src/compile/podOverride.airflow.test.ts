import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { airflowPython } from '../execution/__testUtils__/runDag';
import { readDagFolder } from '../readDagFolder';
import type { AirflowPods } from './inPod';

/* `executor_config=` of tasks, as the real Airflow has it when it reads a file. */

jest.setTimeout(240_000);

const HEAD = `
from airflow.sdk import DAG, task
from kubernetes.client import models as k8s

def pod(**spec):
    return {"pod_override": k8s.V1Pod(spec=k8s.V1PodSpec(**spec))}

def base(**fields):
    return pod(containers=[k8s.V1Container(name="base", **fields)])
`;

/** By DAG id: `executor_config=` of its only task. */
const CONFIGS = {
  none: '{}',
  empty: 'pod(containers=[])',
  nothing: '{"pod_override": None}',
  resources:
    'base(resources=k8s.V1ResourceRequirements(requests={"cpu": "500m"}, limits={"nvidia.com/gpu": 1}))',
  placed:
    'pod(containers=[], node_selector={"disk": "ssd"}, tolerations=[k8s.V1Toleration(key="gpu", operator="Exists")])',
  volume:
    'pod(containers=[k8s.V1Container(name="base", volume_mounts=[k8s.V1VolumeMount(name="v", mount_path="/h")])], volumes=[k8s.V1Volume(name="v", host_path=k8s.V1HostPathVolumeSource(path="/tmp"))])',
  sidecar:
    'pod(containers=[k8s.V1Container(name="base"), k8s.V1Container(name="side", image="x")])',
  old: '{"KubernetesExecutor": {"image": "x"}}',
  template: '{"pod_template_file": "/x.yaml"}',
  // The client checks no types.
  mapping: 'base(env={"A": "1"})',
  secret: 'pod(containers=[], image_pull_secrets="regcred")',
  dictionary: '{"pod_override": {"spec": {}}}',
};

const PODS: AirflowPods = {
  pod: { python: 'python' },
  settings: { image: 'team/airflow:3' },
  queues: new Map(),
};

const folder = mkdtempSync(join(tmpdir(), 'maestro-airflow-config-'));
let reading: Awaited<ReturnType<typeof readDagFolder>>;

beforeAll(async () => {
  for (const [id, config] of Object.entries(CONFIGS)) {
    writeFileSync(
      join(folder, `${id}.py`),
      `${HEAD}
with DAG("${id}", schedule=None):
    @task(executor_config=${config})
    def a(): ...
    a()
`,
    );
  }
  const python = airflowPython();
  reading = await readDagFolder({ folder, python, pods: PODS });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const taskOf = (id: string) =>
  reading.pipelines.find(({ dagId }) => dagId === id)?.definition.tasks[0];

it.each<[string, object]>([
  ['none', {}],
  ['empty', {}],
  ['nothing', {}],
  [
    'resources',
    {
      resources: {
        requests: { cpu: '500m' },
        limits: { 'nvidia.com/gpu': '1' },
      },
    },
  ],
  [
    'placed',
    {
      kubernetes: {
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'gpu', operator: 'Exists' }],
      },
    },
  ],
])('has the pod of %s', (id, expected) => {
  const { image, resources, kubernetes } = taskOf(id)!;
  expect({ image, resources, kubernetes }).toEqual({
    image: 'team/airflow:3',
    ...expected,
  });
});

it.each<[string, RegExp]>([
  ['volume', /its pod has volume v\.hostPath/],
  ['sidecar', /other containers/],
  [
    'old',
    /"KubernetesExecutor" in it is the old spelling: say it as pod_override/,
  ],
  ['template', /it has "pod_template_file", and only pod_override is known/],
  ['mapping', /env of its container is \{"A":"1"\}, which is no list/],
  ['secret', /imagePullSecrets is "regcred", which is no list/],
  ['dictionary', /pod_override is a dict and no V1Pod/],
])('does not run %s, and says why at its line', (id, message) => {
  expect(taskOf(id)).toBeUndefined();
  const problems = reading.problems.filter(({ dagId }) => dagId === id);
  expect(problems).toMatchObject([
    { file: `${id}.py`, message: expect.stringMatching(message) },
  ]);
  expect(problems[0].line).toBeGreaterThan(10);
});
