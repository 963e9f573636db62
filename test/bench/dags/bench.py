"""The work of test/bench/dags.mjs: tasks that do nothing, so that what is
measured is everything around them."""

from __future__ import annotations

import os
from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, chain, task

#: A program that develops the bench makes it smaller.
CHAIN = int(os.environ.get("BENCH_CHAIN", "40"))
PARALLEL = int(os.environ.get("BENCH_PARALLEL", "200"))
MAP = int(os.environ.get("BENCH_MAP", "1000"))
#: What a Bash task does.
BASH = os.environ.get("BENCH_BASH", "true")


def bench(dag_id: str) -> DAG:
    return DAG(
        dag_id,
        schedule=None,
        start_date=datetime(2025, 1, 1),
        is_paused_upon_creation=False,
        max_active_tasks=1000,
    )


@task
def nothing(number: int = 0) -> None:
    pass


with bench("bench_chain_bash"):
    chain(*(BashOperator(task_id=f"t{no}", bash_command=BASH) for no in range(CHAIN)))

with bench("bench_chain_python"):
    chain(*(nothing.override(task_id=f"t{no}")() for no in range(CHAIN)))

with bench("bench_parallel_bash"):
    for no in range(PARALLEL):
        BashOperator(task_id=f"t{no}", bash_command=BASH)

with bench("bench_map_python"):
    nothing.expand(number=list(range(MAP)))
