/* What was written for Airflow 2, read by the real Airflow. */
import { resolve } from 'node:path';
import { dagFolders } from './__testUtils__/dagFolders';
import { DagFolder } from './DagFolder';

// Importing Airflow takes seconds, on a busy machine many.
jest.setTimeout(300_000);

const USERS_DAGS = resolve(__dirname, '../../../../test/airflow/dags');

const tests = dagFolders();
const { reader, write } = tests;

it("reads the users' own file, written for Airflow 2, and says what Airflow 3 would refuse", async () => {
  const { pipelines, problems } = await new DagFolder({
    folder: USERS_DAGS,
    process: tests.process,
    compile: {
      source: 's',
      environment: 'default',
      ownerOf: ({ owners }) => `group:default/${owners[0]}`,
    },
  }).read();
  expect(problems).toEqual([]);
  const { definition } = pipelines.find(
    ({ dagId }) => dagId === 'my_ml_workflow',
  )!;
  expect(definition).toMatchObject({
    name: 'my_ml_workflow',
    owner: 'group:default/ml-team',
    tags: ['custom', 'ml'],
    schedules: [
      {
        cron: '0 0 * * *',
        timezone: 'UTC',
        startAt: Date.UTC(2025, 0, 1),
        catchup: false,
      },
    ],
    tasks: [
      {
        id: 'my_task',
        retries: 2,
        retryDelayMs: 300_000,
        executor: 'kubernetes',
        airflowPath: { path: 'native' },
        image: 'python:3.11-slim',
        command: ['python', '-c', 'print("Hello from Airflow")'],
        airflow: {
          operator: 'KubernetesPodOperator',
          namespace: 'airflow',
        },
      },
    ],
  });
  expect(definition.airflow!.notes).toEqual([
    expect.objectContaining({
      line: 4,
      message: expect.stringContaining('kubernetes_pod is'),
    }),
    expect.objectContaining({
      message: expect.stringContaining('schedule_interval='),
    }),
    expect.objectContaining({
      line: 22,
      message: expect.stringContaining('namespace="airflow" of task "my_task"'),
    }),
  ]);
});

it('reads the spellings of Airflow 2', async () => {
  write({
    'old.py': `
from datetime import timedelta
from airflow import DAG, Dataset
from airflow.datasets import Dataset as Again
from airflow.operators.dummy_operator import DummyOperator
from airflow.operators.bash_operator import BashOperator
from airflow.operators.python_operator import PythonOperator
from airflow.providers.http.operators.http import SimpleHttpOperator
from airflow.contrib.operators.kubernetes_pod_operator import KubernetesPodOperator
from airflow.sensors.base_sensor_operator import BaseSensorOperator
from airflow.utils.dates import days_ago
from airflow.utils.helpers import chain

with DAG(
    "old",
    schedule_interval=timedelta(hours=1),
    start_date=days_ago(1),
    concurrency=3,
    default_view="graph",
    default_args={"sla": timedelta(minutes=10), "owner": "team"},
) as dag:
    chain(
        DummyOperator(task_id="a"),
        BashOperator(task_id="b", bash_command="true", task_concurrency=2),
        PythonOperator(task_id="c", python_callable=print, provide_context=True),
        SimpleHttpOperator(task_id="d", endpoint="x"),
        KubernetesPodOperator(task_id="e", image="x", is_delete_operator_pod=False),
        DummyOperator(task_id="f", outlets=[Again("s3://x")]),
    )
`,
  });
  const { pipelines, problems } = await reader().read();
  expect(problems).toEqual([]);
  const [{ definition }] = pipelines;
  expect(definition).toMatchObject({
    schedules: [{ everyMs: 3_600_000 }],
    maxActiveTasks: 3,
    slaMs: 600_000,
  });
  expect(
    definition.tasks.map(({ id, upstream, airflow }) => [
      id,
      upstream,
      airflow!.operator,
    ]),
  ).toEqual([
    ['a', [], 'EmptyOperator'],
    ['b', [0], 'BashOperator'],
    ['c', [1], 'PythonOperator'],
    ['d', [2], 'HttpOperator'],
    ['e', [3], 'KubernetesPodOperator'],
    ['f', [4], 'EmptyOperator'],
  ]);
  expect(definition.tasks[1].maxActive).toBe(2);
  expect(definition.tasks[5].produces).toEqual([
    { asset: 's3://x', on: 'success' },
  ]);
  const notes = definition.airflow!.notes!.map(({ message }) => message);
  for (const word of [
    'airflow.datasets',
    'DummyOperator',
    'SimpleHttpOperator',
    'airflow.contrib.operators.kubernetes_pod_operator',
    'days_ago',
    'chain of airflow.utils.helpers',
    'schedule_interval=',
    'concurrency=',
    'default_view=',
    'task_concurrency=',
    'provide_context=',
    'is_delete_operator_pod=',
    'sla=',
  ]) {
    expect(notes.join('\n')).toContain(word);
  }
});

it('watches sla= of mapped tasks too, wherever it is said', async () => {
  write({
    'mapped.py': `
from datetime import timedelta
from airflow import DAG
from airflow.decorators import task, task_group
from airflow.operators.bash import BashOperator

with DAG(dag_id="mapped", schedule=None) as dag:
    BashOperator.partial(task_id="operator", sla=timedelta(minutes=1)).expand(
        bash_command=["true"]
    )
    BashOperator.partial(
        task_id="own", default_args={"sla": timedelta(minutes=2)}
    ).expand(bash_command=["true"])
    BashOperator.partial(task_id="none").expand(bash_command=["true"])

    @task(sla=timedelta(minutes=3))
    def decorated(n):
        return n

    decorated.expand(n=[1])

    @task_group(default_args={"sla": timedelta(minutes=4)})
    def group():
        BashOperator.partial(task_id="operator").expand(bash_command=["true"])

        @task
        def decorated_there(n):
            return n

        decorated_there.expand(n=[1])

    group()

with DAG(
    dag_id="whole", schedule="@daily", default_args={"sla": timedelta(minutes=5)}
):
    BashOperator.partial(task_id="operator").expand(bash_command=["true"])
    decorated.override(sla=timedelta(minutes=5)).expand(n=[1])
`,
  });
  const { pipelines, problems } = await reader().read();
  expect(problems).toEqual([]);
  const [mapped, whole] = pipelines.map(({ definition }) => definition);
  expect(
    Object.fromEntries(mapped.tasks.map(({ id, slaMs }) => [id, slaMs])),
  ).toEqual({
    operator: 60_000,
    own: 120_000,
    none: undefined,
    decorated: 180_000,
    'group.operator': 240_000,
    'group.decorated_there': 240_000,
  });
  expect(whole.slaMs).toBe(300_000);
  // Where its function stands: of another one nobody knows where it was made.
  expect(mapped.airflow!.notes).toContainEqual({
    line: 16,
    message: 'sla= is gone in Airflow 3; Maestro watches it',
  });
});
