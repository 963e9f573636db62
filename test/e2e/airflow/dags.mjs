import fs from 'node:fs';
import path from 'node:path';

/*
 * A folder of DAG files such as a team has one: written for Airflow 2 by
 * somebody, one of them broken.
 */

const FLIGHT_DELAYS = `"""DAG of the delay model."""
import logging
from datetime import datetime

from airflow import DAG
from airflow.hooks.base import BaseHook
from airflow.operators.bash import BashOperator
from airflow.decorators import task

DOCS = """
### How late will a flight be?

Loads the flights of a day, scores each city and writes a report.

| table     | fresh within |
| --------- | ------------ |
| \`flights\` | 6 hours      |
| \`weather\` | 1 hour       |

On call: **ml-team**. A failed \`check\` means that the airline sent rows
without a delay: clear \`load\` the next morning.
"""

log = logging.getLogger(__name__)

with DAG(
    "flight_delays",
    description="Predicts delays of flights for each city",
    schedule_interval="0 4 * * 0",
    start_date=datetime(2025, 1, 1),
    catchup=False,
    tags=["ml", "flights"],
    params={"trees": 200},
    doc_md=DOCS,
) as dag:

    @task(doc_md="Reads the flights from the **warehouse**; retried by hand only.")
    def load(ti=None):
        connection = BaseHook.get_connection("warehouse")
        log.info("Connecting to %s", connection.get_uri())
        print("::group::Schema")
        print("flight_id: int64")
        print("delay: float64")
        print("::endgroup::")
        log.warning("Column %s has %d nulls", "delay", 3)
        ti.xcom_push(key="sample", value=[{"flight": i} for i in range(20_000)])
        return {
            "cities": ["Oslo", "Rome", "Bonn"],
            "rows": 1284,
            "dsn": connection.get_uri(),
            "stats": {"delay": {"mean": 12.4, "p95": 61.0, "nulls": 3}},
        }

    @task
    def cities(loaded):
        return loaded["cities"]

    @task(map_index_template="{{ city }}")
    def score(city, params=None):
        from airflow.sdk import get_current_context

        get_current_context()["city"] = city
        print(f"scoring {city} with {params['trees']} trees")
        return {"city": city, "auc": 0.91}

    @task(retries=0)
    def check(loaded):
        print("::group::Rows that are wrong")
        for row in range(1, 4):
            print(f"row {row}: no delay")
        print("::endgroup::")
        try:
            {"delay": 1.0}["delays"]
        except KeyError as error:
            raise ValueError("3 flights without a delay") from error

    loaded = load()
    scores = score.expand(city=cities(loaded))
    report = BashOperator(
        task_id="report",
        bash_command=(
            'echo "{{ params.trees }} trees,'
            " {{ ti.xcom_pull('load')['cities'] | length }} cities of {{ ds }}\\"\\n"
        ),
        env={"RUN": "{{ run_id }}"},
        append_env=True,
    )
    scores >> report
    check(loaded)
`;

const RELEASE = `from datetime import datetime, timedelta

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, task

with DAG("release_model", schedule=None, start_date=datetime(2025, 1, 1)):

    @task
    def evaluate(task_state_store=None):
        task_state_store.set("job_id", "job-4711")
        return {"model": "delays_v7", "accuracy": 0.91}

    may_go = ApprovalOperator(
        task_id="may_go",
        subject="Release {{ ti.xcom_pull('evaluate')['model'] }}?",
        body="Accuracy is **{{ ti.xcom_pull('evaluate')['accuracy'] }}**.",
        response_timeout=timedelta(hours=2),
    )

    @task
    def release():
        print("released")

    evaluate() >> may_go >> release()
`;

const SALES = `import logging
from datetime import datetime

from airflow.sdk import DAG, PartitionedAtRuntime, task

log = logging.getLogger(__name__)


def tell(context):
    log.info("Telling the team: %s", context["reason"])


with DAG(
    "regional_sales",
    schedule=PartitionedAtRuntime(),
    start_date=datetime(2025, 1, 1),
    on_success_callback=tell,
    on_failure_callback=tell,
):

    @task
    def load(dag_run=None):
        print("sales of", dag_run.partition_key[:2])

    load()
`;

const BROKEN = `from helpers.model import train

train()
`;

const HELPER = `import xgboots


def train():
    return xgboots.XGBClassifier()
`;

/** Writes them into a folder. */
export function writeDags(folder) {
  fs.mkdirSync(path.join(folder, 'helpers'));
  const write = (name, text) => fs.writeFileSync(path.join(folder, name), text);
  write('flight_delays.py', FLIGHT_DELAYS);
  write('release_model.py', RELEASE);
  write('regional_sales.py', SALES);
  write('retrain.py', `# A DAG of airflow, one day\n${BROKEN}`);
  write('helpers/__init__.py', '');
  write('helpers/model.py', HELPER);
}
