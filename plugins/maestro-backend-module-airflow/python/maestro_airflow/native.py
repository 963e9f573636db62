"""Whether a task can do without Python: what it starts, told beforehand.

A KubernetesPodOperator of Airflow is a Python process that makes a pod and
watches it, a BashOperator one that starts a command and reads what it prints.
Where nothing of it is Python of the team, the pod or the command alone does the
same. Who reads the answer decides whether Maestro can start it; here is only
looked for what would need Python.
"""

from __future__ import annotations

from maestro_airflow import native_bash, native_pod

_KINDS = {each.OPERATOR: each for each in (native_bash, native_pod)}


def native_of(task) -> dict | None:
    """
    `{"python": why}` for a task that needs Python, `{"pod": …}` or
    `{"bash": …}` with what it starts for one that does not; None for operators
    that are Python anyway.
    """
    kind = type(task)
    own = _KINDS.get(f"{kind.__module__}.{kind.__qualname__}")
    if own is None:
        return None
    try:
        reason = _python_reason(task) or own.reason_of(task)
        return {"python": reason} if reason else own.facts_of(task)
    except Exception as error:
        # The task itself will say so when it runs.
        return {"python": f"what it starts cannot be told before it runs: {error}"}


def _python_reason(task) -> str | None:
    for name in ("execute", "failure", "retry", "success", "skipped"):
        if getattr(task, f"on_{name}_callback", None):
            return f"on_{name}_callback= is Python code"
    for name in ("pre_execute", "post_execute"):
        if getattr(task, f"_{name}_hook", None) or name in task.__dict__:
            return f"{name}= is Python code"
    if "execute" in task.__dict__:
        return "its method execute was replaced"
    if getattr(task, "retry_policy", None):
        return "retry_policy= is Python code"
    if getattr(task, "email", None):
        return "email= is sent by Python"
    if getattr(task, "executor_config", None):
        return "executor_config= is for the process of the task"
    if getattr(task, "run_as_user", None):
        return "run_as_user= is for the process of the task"
    if _is_listened_to():
        return "a plugin listens to tasks, and is told of them by their process"
    return None


def _is_listened_to() -> bool:
    from airflow.sdk.listener import get_listener_manager

    return get_listener_manager().has_listeners
