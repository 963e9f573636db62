/*
 * What maestro.policy refuses a task stands in its own log, with the rule and
 * what to do: whoever wrote the DAG reads no log of the backend.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MaestroClient, RunDetail } from '@maestro/plugin-maestro-common';
import {
  eventually,
  portalFolder,
  startPortal,
} from '../source/__testUtils__/startPortal';

// Importing Airflow takes seconds, on a busy machine many.
jest.setTimeout(300_000);

const DAG = `
from datetime import datetime
from airflow.sdk import DAG, BaseOperator, Connection, Variable, task
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator

class Waits(BaseOperator):
    def execute(self, context):
        from team_trigger import Asks
        self.defer(trigger=Asks(), method_name="go_on")

    def go_on(self, context, event=None):
        pass

with DAG("asks", schedule=None, default_args={"owner": "ml-team"}):
    @task
    def catches():
        try:
            Variable.get("secret_plan")
        except Exception as error:
            print("caught", type(error).__name__)

    @task
    def connects():
        Connection.get("prod_db")

    @task
    def sets():
        Variable.set("secret_plan", "1")

    @task
    def reads_its_own():
        print("threshold", Variable.get("ml_threshold", default="none"))

    catches(), connects(), sets(), reads_its_own()
    TriggerDagRunOperator(task_id="starts", trigger_dag_id="foreign")
    Waits(task_id="waits")

with DAG("foreign", schedule=None, default_args={"owner": "risk-team"}):
    @task
    def nothing():
        pass

    nothing()
`;

const PLUGIN = `
from airflow.plugins_manager import AirflowPlugin
from airflow.sdk import Variable
from airflow.triggers.base import BaseTrigger, TriggerEvent

class Asks(BaseTrigger):
    def serialize(self):
        return ("team_trigger.Asks", {})

    async def run(self):
        yield TriggerEvent(Variable.get("secret_plan"))

class Team(AirflowPlugin):
    name = "team"
`;

let client: MaestroClient;
let stop: () => Promise<void>;
let run: RunDetail;

beforeAll(async () => {
  const temp = portalFolder();
  for (const [path, text] of [
    ['dags/asks.py', DAG],
    ['plugins/team_trigger.py', PLUGIN],
  ]) {
    mkdirSync(join(temp, path, '..'), { recursive: true });
    writeFileSync(join(temp, path), text);
  }
  ({ client, stop } = await startPortal({
    temp,
    policy: {
      default: 'deny',
      rules: [
        {
          id: 'ml-dags',
          owners: ['group:default/ml-team'],
          executors: ['airflow'],
          connections: ['ml_*'],
          variables: ['ml_*'],
        },
        {
          id: 'risk',
          owners: ['group:default/risk-team'],
          executors: ['airflow'],
        },
      ],
    },
    airflow: {
      environments: {
        default: {
          python: process.env.MAESTRO_AIRFLOW_PYTHON!,
          env: { AIRFLOW__CORE__PLUGINS_FOLDER: join(temp, 'plugins') },
        },
      },
      sources: [
        {
          name: 'ml',
          folder: join(temp, 'dags'),
          owner: 'group:default/nobody',
          owners: {
            'ml-team': 'group:default/ml-team',
            'risk-team': 'group:default/risk-team',
          },
        },
      ],
    },
  }));
  await eventually(async () =>
    (await client.listPipelines()).items.length === 2 ? true : undefined,
  );
  const { runId } = await client.triggerRun('asks');
  run = await eventually(async () => {
    const seen = await client.getRun(runId);
    return ['success', 'failed'].includes(seen.state) ? seen : undefined;
  });
});
afterAll(() => stop?.());

async function logOf(taskId: string): Promise<string> {
  const [{ attemptId }] = (await client.listAttempts(run.runId, taskId)).items;
  const log = await eventually(async () => {
    const page = await client.readLog(attemptId);
    return page.end ? page.text : undefined;
  });
  // As it is read: a line is JSON.
  return log.replaceAll('\\"', '"');
}

it.each([
  ['catches', 'success', 'variable "secret_plan"', 'variables'],
  ['connects', 'failed', 'connection "prod_db"', 'connections'],
  ['sets', 'failed', 'variable "secret_plan"', 'variables'],
  ['waits', 'failed', 'variable "secret_plan"', 'variables'],
])(
  'the log of a task that %s names the rule',
  async (id, state, what, kind) => {
    expect(run.tasks.find(({ taskId }) => taskId === id)?.state).toBe(state);
    expect(await logOf(id)).toContain(
      `Task "${id}" may not use ${what}: rule "ml-dags" of maestro.policy grants group:default/ml-team only ml_*; to allow it, add it to "${kind}" there`,
    );
  },
);

it('so does that of one that starts a DAG of others', async () => {
  expect(await logOf('starts')).toContain(
    'Tasks of "asks" may not start or clear runs of "foreign" of group:default/risk-team: rule "ml-dags" of maestro.policy grants group:default/ml-team no dags; to allow it, add it to "dags" there',
  );
});

it('and what is granted is said nothing of', async () => {
  const log = await logOf('reads_its_own');
  expect(log).toContain('threshold none');
  expect(log).not.toContain('maestro.policy');
});
