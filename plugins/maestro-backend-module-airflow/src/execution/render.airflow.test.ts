import { join } from 'node:path';
import { createLocalExecutor } from '@maestro/plugin-maestro-backend-module-local';
import type { LaunchRequest } from '@maestro/plugin-maestro-node';
import { insteadOfPods } from './__testUtils__/insteadOfPods';
import { airflowPython, DagRunner } from './__testUtils__/runDag';
import { createAirflowExecutor } from './AirflowExecutor';

/*
 * Tasks of a KubernetesPodOperator that run without Python: their templates, by
 * Airflow's own Jinja. What makes pods is a stand-in, which runs the same
 * command with the same environment as a process.
 */

jest.setTimeout(240_000);

const HEAD = `
from datetime import datetime, timedelta
from airflow.sdk import DAG, task
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from kubernetes.client import models as k8s

def pod(task_id, script, **more):
    return KubernetesPodOperator(task_id=task_id, image="x:1", cmds=["sh", "-c"], arguments=[script], **more)
`;

function dag(body: string, args = ''): string {
  const lines = body.split('\n').map(line => `    ${line}`);
  return `${HEAD}\nwith DAG("tested", schedule=None, start_date=datetime(2025, 1, 1), default_args={"retry_delay": timedelta(seconds=0.2)}, ${args}):\n${lines.join(
    '\n',
  )}\n`;
}

let runner: DagRunner;

beforeAll(() => {
  runner = new DagRunner();
});
afterAll(() => runner.remove());

let launched: LaunchRequest[];

beforeEach(() => {
  launched = [];
});

function run(source: string, options: Parameters<DagRunner['run']>[1] = {}) {
  return runner.run(source, {
    createExecutor: dir => [
      createAirflowExecutor({
        processes: createLocalExecutor({ dataDir: join(dir, 'airflow') }),
        environments: { default: { python: airflowPython() } },
        homeDir: join(runner.dir, 'home'),
      }),
      insteadOfPods(join(dir, 'pods'), request => launched.push(request)),
    ],
    ...options,
  });
}

it('are rendered with run, params, variables, connections and XComs', async () => {
  const seen = await run(
    dag(
      `
@task
def first():
    return {"rows": 7}

first() >> pod("all",
    "echo on {{ ds }} {{ ts_nodash }} {{ run_id }} {{ params.size }} {{ dag_run.conf['size'] }};"
    "echo {{ var.value.threshold }} {{ ti.xcom_pull('first')['rows'] + 1 }} {{ macros.ds_add(ds, 1) }};"
    'echo "key $KEY" {{ ti.try_number }} {{ "{" }}{ not }',
    env_vars={"KEY": "{{ conn.db.password }}", "PLAIN": "x"})`,
      'params={"size": 3}',
    ),
    {
      params: { size: 4 },
      variables: { threshold: '0.80' },
      connections: [
        { connId: 'db', connType: 'http', password: 'correct-horse-battery' },
      ],
    },
  );
  expect(seen.states).toEqual({ first: 'success', all: 'success' });
  const [on, what, key] = seen.logs.all.trim().split('\n');
  expect(on).toMatch(/^on 2025-01-01 20250101T000000 manual__\S+ 4 4$/);
  expect(what).toBe('0.80 8 2025-01-02');
  expect(key).toBe('key *** 1 {{ not }');
});

it('name the arguments that hold what a connection keeps secret', async () => {
  const seen = await run(
    dag(
      `pod("login", "echo {{ conn.db.password }} {{ conn.db.login }}", name="{{ ds }}")`,
    ),
    {
      connections: [
        {
          connId: 'db',
          connType: 'http',
          login: 'somebody',
          password: 'correct-horse-battery',
        },
      ],
    },
  );
  expect(seen.logs.login).toBe('*** somebody\n');
  const [{ command, secretArguments }] = launched;
  expect(secretArguments).toEqual([2]);
  expect(command[2]).toContain('correct-horse-battery');
});

it('that cannot be rendered fail the try, with the reason, and only that task', async () => {
  const seen = await run(
    dag(`
pod("missing", "echo {{ var.value.nothing }}", retries=1)
pod("undefined", "echo {{ params.nothing }}")
pod("endless", "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}")
pod("huge", "{{ 'x' * 200000 }}")
pod("fine", "echo fine on {{ ds }}")`),
  );
  expect(seen.states).toEqual({
    missing: 'failed',
    undefined: 'failed',
    endless: 'failed',
    huge: 'failed',
    fine: 'success',
  });
  expect(seen.reasons.missing).toMatch(
    /templates could not be rendered: .*nothing/i,
  );
  expect(seen.reasons.undefined).toMatch(/UndefinedError: .*nothing/);
  expect(seen.reasons.endless).toMatch(/it takes longer than 2 s/);
  expect(seen.reasons.huge).toMatch(/200000 bytes/);
  expect(seen.logs.fine).toBe('fine on 2025-01-01\n');
});

it('wait for their turn when many begin at once, in their first try', async () => {
  const tries: number[] = [];
  const seen = await run(
    dag(
      `
for i in range(40):
    pod(f"t{i}", "echo {{ ti.task_id }} {{ var.value.threshold }}")`,
      'max_active_tasks=40',
    ),
    {
      variables: { threshold: '1' },
      onTask: ({ tryNumber }) => tries.push(tryNumber),
    },
  );
  expect(seen.state).toBe('success');
  expect(Math.max(...tries)).toBe(1);
  for (let i = 0; i < 40; i++) expect(seen.logs[`t${i}`]).toBe(`t${i} 1\n`);
});

it('skip themselves with the exit codes of the operator, and no other', async () => {
  const seen = await run(
    dag(`
pod("skips", "exit 3", skip_on_exit_code=[3, 4])
pod("does_not", "exit 99")
pod("again", "test {{ ti.try_number }} = 2", retries=1)`),
  );
  expect(seen.states).toEqual({
    skips: 'skipped',
    does_not: 'failed',
    again: 'success',
  });
});

it('are left to Python where they need it', async () => {
  const { definition } = await runner.read(
    dag(
      `
def called(context): ...

pod("callback", "x", on_failure_callback=called)
pod("pushes", "x", do_xcom_push=True)
pod("defers", "x", deferrable=True)
pod("image", "x").image = "{{ params.x }}"
pod("of_the_file", "{{ dag.tags }}")
pod("of_the_task", "{{ ti.task.retries }}")
pod("includes", "{% include 'x.sh' %}")
pod("broken", "{{ x")
pod("own_params", "{{ params.y }}", params={"y": 1})
pod("secret", "x", env_vars=[k8s.V1EnvVar(name="A", value_from=k8s.V1EnvVarSource(secret_key_ref=k8s.V1SecretKeySelector(name="s", key="k")))])
pod("other_cluster", "x", kubernetes_conn_id="other")
pod("number", 3)
placed = {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "ml"}, "spec": {"containers": [{"name": "base"}]}}
anywhere = {**placed, "metadata": {"labels": {"a": "b"}}}
pod("of_its_template", "x", pod_template_dict=placed)
pod("of_its_spec", "x", full_pod_spec=k8s.V1Pod(metadata=k8s.V1ObjectMeta(namespace="ml"), spec=k8s.V1PodSpec(containers=[k8s.V1Container(name="base")])))
pod("named", "x", pod_template_dict=placed, namespace="own")
pod("anywhere", "x", pod_template_dict=anywhere)
class Own(KubernetesPodOperator):
    pass
Own(task_id="subclass", image="x:1", cmds=["true"])
KubernetesPodOperator.partial(task_id="mapped", image="x:1", cmds=["echo"]).expand(arguments=[["a"], ["b"]])
pod("fine", "{{ ds }}")`,
    ),
  );
  expect(
    Object.fromEntries(
      definition.tasks.map(({ id, airflowPath }) => [
        id,
        airflowPath?.reason ?? airflowPath?.path,
      ]),
    ),
  ).toEqual({
    callback: 'on_failure_callback= is Python code',
    pushes: "do_xcom_push= is Python's",
    defers: "deferrable= is Python's",
    image: 'image= is rendered when the task runs',
    of_the_file: 'arguments= wants dag of the DAG file',
    of_the_task:
      'arguments= wants more of ti than Maestro knows without the DAG file',
    includes: 'arguments= includes another template',
    broken: expect.stringMatching(/^arguments= is no template: /),
    own_params: 'params= of the task are not those of the run',
    secret:
      "its pod has env A.valueFrom, which Maestro's pods do not take over",
    other_cluster: "kubernetes_conn_id= is Python's",
    number: 'arguments= has 3, which is no text',
    of_its_template: 'namespace= is missing, and its template names "ml"',
    of_its_spec: 'namespace= is missing, and its template names "ml"',
    named: 'native',
    anywhere: 'native',
    subclass: 'Own is Python code',
    mapped: 'it is mapped',
    fine: 'native',
  });
});
