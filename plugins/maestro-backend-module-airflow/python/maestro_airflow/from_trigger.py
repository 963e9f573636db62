"""Tasks that start from their trigger.

An operator with `start_from_trigger` says in `start_trigger_args` what it waits
for; Airflow's scheduler defers it without a worker, and nothing of it is called
before its trigger has fired. Such an operator often has no `execute` of its own.
Here a process says that for it: the arguments stand in the DAG file alone, which
only a task's process runs. It calls nothing of the operator either, and ends at
once.
"""

from __future__ import annotations

import functools
import importlib


def install() -> None:
    """Once, in the process that imports Airflow."""
    from airflow.sdk.execution_time import task_runner

    execute = task_runner._execute_task

    @functools.wraps(execute)
    def run(context, ti, log):
        args = _start_args(ti)
        if args is not None:
            raise _deferred(args, context, ti)
        return execute(context=context, ti=ti, log=log)

    task_runner._execute_task = run


def _start_args(ti):
    """Of a task that begins; one that goes on after its trigger has none."""
    server = ti._ti_context_from_server
    if server is not None and server.next_method:
        return None
    if getattr(ti.task, "start_from_trigger", False) is not True:
        return None
    return ti.task.start_trigger_args


def _deferred(args, context, ti):
    from airflow.sdk.exceptions import TaskDeferred

    # The shorter one counts, as with Airflow's scheduler.
    timeouts = [one for one in (args.timeout, ti.task.execution_timeout) if one is not None]
    _import(args.trigger_cls)
    return TaskDeferred(
        trigger=_Start(args.trigger_cls, _rendered(args.trigger_kwargs or {}, context, ti.task)),
        method_name=args.next_method,
        kwargs=args.next_kwargs,
        timeout=min(timeouts, default=None),
    )


def _rendered(kwargs: dict, context, task) -> dict:
    """Those that have the name of a template field are templates."""
    fields = [name for name in task.template_fields if name in kwargs]
    if not fields:
        return kwargs
    env = task.get_template_env()
    return {
        name: task.render_template(value, context, env) if name in fields else value
        for name, value in kwargs.items()
    }


def _import(classpath: str) -> None:
    """
    A trigger of the DAG folder runs in the process of its task, which looks for
    it among the modules that are imported: this one is named by a text alone.
    """
    try:
        importlib.import_module(classpath.rpartition(".")[0])
    except Exception:
        # The process of triggers says what is wrong with it, in the task's log.
        pass


class _Start:
    """A trigger that is named and not made."""

    def __init__(self, classpath: str, kwargs: dict):
        self.classpath, self.kwargs = classpath, kwargs

    def serialize(self) -> tuple[str, dict]:
        return self.classpath, self.kwargs
