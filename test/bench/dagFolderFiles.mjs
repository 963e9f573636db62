import fs from 'node:fs';
import path from 'node:path';

/** Module that each file calls with its own path when it is run. */
export const MARKS = 'bench_marks';

/*
 * Their schedules begin in 2100: no run takes part in what is measured.
 */

/** Of so many files one shares a module with others. */
const IMPORTS_EACH = 5;
const MODULES = 10;

const plain = dag => `"""Copies a table, checks it and says so."""

from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag, task

import ${MARKS}

${MARKS}.read(__file__)
rows = 10


@dag(
    dag_id="${dag}",
    schedule="30 4 * * *",
    start_date=pendulum.datetime(2100, 1, 1, tz="UTC"),
    catchup=False,
    tags=["bench", "copy"],
    params={"limit": rows},
    default_args={"owner": "ml-team", "retries": 2, "retry_delay": timedelta(minutes=5)},
    doc_md=__doc__,
)
def pipeline():
    @task
    def extract() -> list[int]:
        return list(range(rows))

    @task
    def check(numbers: list[int]) -> int:
        assert numbers, "there is nothing"
        return len(numbers)

    load = BashOperator(task_id="load", bash_command="echo {{ ds }} {{ params.limit }}")
    tell = BashOperator(task_id="tell", bash_command="echo loaded", trigger_rule="all_done")
    check(extract()) >> load >> tell


pipeline()
`;

const importing = (dag, module) => `import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, TaskGroup

from lib import ${module}

import ${MARKS}

${MARKS}.read(__file__)

with DAG(
    "${dag}",
    schedule="@hourly",
    start_date=pendulum.datetime(2100, 1, 1, tz="UTC"),
    catchup=False,
    default_args=${module}.DEFAULTS,
    tags=["bench"],
):
    begin = BashOperator(task_id="begin", bash_command="true")
    with TaskGroup("tables") as tables:
        for no in range(${module}.TABLES):
            BashOperator(task_id=f"table_{no}", bash_command=f"echo {no}")
    begin >> tables
`;

const MODULE = `from datetime import timedelta

TABLES = 4
DEFAULTS = {"owner": "ml-team", "retries": 1, "retry_delay": timedelta(minutes=1)}
`;

const listing = (dag, folder) => `import os

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

import ${MARKS}

${MARKS}.read(__file__)
for name in sorted(os.listdir(os.path.join(os.path.dirname(__file__), "${folder}"))):
    with DAG("${dag}_" + name.removesuffix(".json"), schedule=None):
        EmptyOperator(task_id="one")
`;

/**
 * Writes a folder of small DAG files as teams have them: most stand alone, each
 * fifth shares a module with others, one makes DAGs of what it finds in a folder.
 *
 * @returns what can be changed: `plain` and `importers` of `module` as
 * `{file, dag}`, `lister` as `{dag, folder}`; `dags`, all ids; `dagFiles`, how
 * many files have them
 */
export function writeDagFolder(folder, count) {
  const write = (file, text) => {
    const full = path.join(folder, file);
    fs.mkdirSync(path.dirname(full), { recursive: true });
    fs.writeFileSync(full, text);
  };
  write('lib/__init__.py', '');
  for (let no = 0; no < MODULES; no++) write(`lib/team_${no}.py`, MODULE);
  const found = { plain: [], importers: [], dags: [], dagFiles: count };
  for (let no = 0; no < count - 1; no++) {
    const dag = `bench_${String(no).padStart(4, '0')}`;
    const file = `team_${no % MODULES}/${dag}.py`;
    found.dags.push(dag);
    if (no % IMPORTS_EACH === 0) {
      const module = (no / IMPORTS_EACH) % MODULES;
      write(file, importing(dag, `team_${module}`));
      if (module === 0) found.importers.push({ file, dag });
    } else {
      write(file, plain(dag));
      found.plain.push({ file, dag });
    }
  }
  write('configs/one.json', '{}');
  write('configs/two.json', '{}');
  write('makes_dags.py', listing('bench_made', 'configs'));
  found.dags.push('bench_made_one', 'bench_made_two');
  return {
    ...found,
    module: 'lib/team_0.py',
    lister: { dag: 'bench_made', folder: 'configs' },
  };
}
