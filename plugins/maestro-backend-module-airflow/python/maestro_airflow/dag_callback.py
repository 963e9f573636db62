"""Calls the callbacks of a DAG when a run of it is over.

Airflow's scheduler has them called by its DAG processor (`_execute_dag_callbacks`
there). Here they are a process of their own, as a task is: with the DAG's rights,
a log, and its secrets hidden. What they are called with is Airflow's; a `ti` asks
the task API as this process, which is no task of the DAG.

MAESTRO_AIRFLOW_CALLBACK says what is asked for, as JSON: {"kind": "success" or
"failure", "reason", "lastTask": {"task_id", "map_index", "try_number"}}.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

ASKED = "MAESTRO_AIRFLOW_CALLBACK"


def install() -> None:
    """Once, in each process that runs tasks or forks for them."""
    from airflow.sdk.execution_time import task_runner

    main = task_runner.main

    def main_or_callbacks() -> None:
        asked = os.environ.pop(ASKED, None)
        if asked is None:
            main()
        else:
            _run(json.loads(asked))

    task_runner.main = main_or_callbacks


def _run(asked: dict) -> None:
    """As Airflow's main of a task, which says how it went."""
    import structlog
    from structlog.contextvars import bind_contextvars

    from airflow.sdk.execution_time import comms, task_runner
    from airflow.sdk.api.datamodels._generated import TaskInstanceState

    log = structlog.get_logger(logger_name="task")
    channel = task_runner.CommsDecoder[comms.ToTask, comms.ToSupervisor](log=log)
    task_runner.SUPERVISOR_COMMS = channel
    try:
        details = task_runner.get_startup_details()
        ti = details.ti
        bind_contextvars(dag_id=ti.dag_id, run_id=ti.run_id)
        try:
            failed = _call(asked, details, log)
        except (Exception, SystemExit):
            log.exception("The callbacks of the DAG could not be called")
            failed = True
        now = datetime.now(tz=timezone.utc)
        if failed:
            channel.send(comms.TaskState(state=TaskInstanceState.FAILED, end_date=now))
        else:
            channel.send(comms.SucceedTask(end_date=now, task_outlets=[], outlet_events=[]))
    finally:
        if channel.socket:
            with suppress(Exception):
                channel.socket.close()


def _call(asked: dict, details, log) -> bool:
    """Whether one of them has failed."""
    dag = _dag(details)
    kind = asked["kind"]
    callbacks = dag.on_failure_callback if kind == "failure" else dag.on_success_callback
    if not callbacks:
        log.warning("Callback requested, but dag didn't have any")
        return False
    context = _context(asked, details, dag, log)
    failed = False
    for callback in callbacks if isinstance(callbacks, list) else [callbacks]:
        log.info(
            f"Executing on_{kind} dag callback",
            callback=_name(callback),
        )
        try:
            callback(context)
        except (Exception, SystemExit):
            log.exception("Callback failed")
            failed = True
    return failed


def _name(callback) -> str:
    """For the log. Not its repr: that of a partial shows its arguments."""
    while isinstance(callback, partial):
        callback = callback.func
    return getattr(callback, "__name__", None) or type(callback).__name__


def _dag(details):
    """The DAG of the file, as a task finds it."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import BundleDagBag
    from airflow.sdk.definitions._internal.dag_parsing_context import (
        _airflow_parsing_context_manager,
    )

    info = details.bundle_info
    bundle = DagBundlesManager().get_bundle(name=info.name, version=info.version)
    bundle.initialize()
    with _airflow_parsing_context_manager(dag_id=details.ti.dag_id):
        bag = BundleDagBag(
            dag_folder=os.fspath(Path(bundle.path, details.dag_rel_path)),
            safe_mode=False,
            load_op_links=False,
            bundle_path=bundle.path,
            bundle_name=info.name,
        )
    dag = bag.dags.get(details.ti.dag_id)
    if dag is None:
        errors = "\n".join(bag.import_errors.values())
        raise RuntimeError(
            f"{details.dag_rel_path} has no DAG {details.ti.dag_id!r} when it is read here"
            + (f":\n{errors}" if errors else "")
        )
    return dag


def _context(asked: dict, details, dag, log) -> dict:
    from airflow.sdk.api.datamodels._generated import TIRunContext
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    context = {"dag": dag, "run_id": details.ti.run_id, "reason": asked["reason"]}
    last = asked.get("lastTask")
    if last is None:
        return context
    task = dag.task_dict.get(last["task_id"])
    if task is None:
        log.warning(
            "Task from callback context no longer exists in the Dag; running callback with minimal"
            " context",
            task_id=last["task_id"],
        )
        return context
    own = {**details.ti.model_dump(exclude_unset=True), **last}
    ti = RuntimeTaskInstance.model_construct(
        **own,
        task=task,
        max_tries=task.retries,
        _ti_context_from_server=TIRunContext.model_construct(
            dag_run=_printed_as_values(details.ti_context.dag_run),
            max_tries=task.retries,
        ),
    )
    context = ti.get_template_context()
    context["reason"] = asked["reason"]
    return context


def _printed_as_values(run):
    """Its enums as those of the scheduler, which texts of alerts show as "failed"
    where those of the task SDK are "DagRunState.FAILED"."""
    from airflow.utils.state import DagRunState
    from airflow.utils.types import DagRunType

    return run.model_copy(
        update={
            "state": DagRunState(str(run.state.value)),
            "run_type": DagRunType(str(run.run_type.value)),
        }
    )
