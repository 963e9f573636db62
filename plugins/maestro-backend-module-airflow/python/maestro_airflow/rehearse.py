"""What Airflow does for the first time in each task, done once before the fork.

Much is kept after the first time: which class is which of another, models and
their validators, patterns, signatures, parts of templates. A fork that makes it
anew also copies each page of the server that it writes it into.

Nothing of a DAG file, of a plugin or of a task is part of it, and nothing leaves
the process.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timezone

NOW = datetime(2025, 1, 1, tzinfo=timezone.utc)


def rehearse() -> None:
    """A task of each usual kind, up to where it would ask the API."""
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import DAG, task
    from airflow.sdk.api.client import Client
    from airflow.sdk.api.datamodels._generated import TaskInstance, TIRunContext
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.comms import SetRenderedFields, SucceedTask
    from airflow.sdk.execution_time.supervisor import ActivitySubprocess

    def nothing(number: int = 0) -> None:
        pass

    with DAG("rehearsal", schedule=None, start_date=NOW):
        tasks = [
            BashOperator(task_id="bash", bash_command="echo {{ ds }}"),
            PythonOperator(task_id="python", python_callable=nothing),
            task(nothing)().operator,
        ]
        task(nothing).override(task_id="mapped").expand(number=[1])
    server = TIRunContext.model_validate_json(_RUN_CONTEXT)
    for operator in tasks:
        what = TaskInstance(
            id=uuid.uuid4(),
            dag_version_id=uuid.uuid4(),
            task_id=operator.task_id,
            dag_id="rehearsal",
            run_id="rehearsal",
            try_number=1,
            map_index=-1,
        )
        ti = task_runner.RuntimeTaskInstance.model_construct(
            **what.model_dump(exclude_unset=True),
            task=operator.prepare_for_execution(),
            _ti_context_from_server=server,
            max_tries=0,
            start_date=NOW,
        )
        # The whole context would load plugins, which are the team's: each task does.
        ti.task.render_template_fields({"ds": "", "ti": ti}, ti.task.dag.get_template_env())
        for message in (
            SetRenderedFields(rendered_fields=task_runner._serialize_rendered_fields(ti.task)),
            SucceedTask(end_date=NOW, task_outlets=[], outlet_events=[]),
        ):
            ActivitySubprocess.decoder.validate_python(message.model_dump()).model_dump_json()
    client = Client(base_url="http://127.0.0.1/execution/", token="none")
    client.build_request("PATCH", "task-instances", content="{}")
    client.close()


_RUN_CONTEXT = """{"dag_run": {"dag_id": "rehearsal", "run_id": "rehearsal",
"logical_date": "2025-01-01T00:00:00Z", "data_interval_start": "2025-01-01T00:00:00Z",
"data_interval_end": "2025-01-01T00:00:00Z", "run_after": "2025-01-01T00:00:00Z",
"start_date": "2025-01-01T00:00:00Z", "end_date": null, "clear_number": 0,
"run_type": "manual", "state": "running", "conf": {}, "triggering_user_name": null,
"consumed_asset_events": [], "partition_key": null, "note": null},
"task_reschedule_count": 0, "max_tries": 0, "variables": [], "connections": [],
"xcom_keys_to_clear": [], "should_retry": false}"""
