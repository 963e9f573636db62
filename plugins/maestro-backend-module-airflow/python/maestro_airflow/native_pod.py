"""What a KubernetesPodOperator would start, told beforehand."""

from __future__ import annotations

import copy
from types import SimpleNamespace

from maestro_airflow.templates import hidden_of, hidden_reason, is_template, python_reason

OPERATOR = "airflow.providers.cncf.kubernetes.operators.pod.KubernetesPodOperator"
#: Its own connection; another one means another cluster.
_POD_CONNECTION = "kubernetes_default"
#: Arguments of a KubernetesPodOperator that may be templates: what its command
#: is given. Others decide what it may use, which is judged beforehand.
_POD_TEMPLATES = ("arguments", "cmds", "env_vars")
#: Of a pod without a namespace; no name of one.
_ANY = "-"
#: Its effect is nobody's: Maestro names its pods.
_POD_NAMES = ("name",)
#: Arguments of a KubernetesPodOperator whose effect is Python's, with the
#: values at which they have none.
_POD_PYTHON = {
    "callbacks": (None, []),
    "cluster_context": (None,),
    "config_file": (None,),
    "deferrable": (False,),
    "do_xcom_push": (False,),
    "get_logs": (True,),
    "init_container_logs": (None,),
    "kubernetes_conn_id": (_POD_CONNECTION, None),
    "log_formatter": (None,),
    "logging_interval": (None,),
    "on_finish_action": ("delete_pod",),
    "on_kill_action": ("delete_pod",),
    "progress_callback": (None,),
    "trigger_kwargs": (None, {}),
    "_container_logs": (None,),
}


def reason_of(task) -> str | None:
    for name, without in _POD_PYTHON.items():
        value = getattr(task, name, without[0])
        if getattr(value, "value", value) not in without:
            return f"{name.lstrip('_')}= is Python's"
    for name in task.template_fields:
        if name in _POD_TEMPLATES + _POD_NAMES:
            continue
        if is_template(getattr(task, name, None), task.template_ext):
            return f"{name}= is rendered when the task runs"
    try:
        templates = _templates(task)
    except ValueError as error:
        return str(error)
    if templates and (reason := python_reason(task, templates)):
        return reason
    if reason := hidden_reason(_POD_TEMPLATES):
        return reason
    if _mutates_pods():
        return "pod_mutation_hook of airflow_local_settings is Python code"
    return None


def _templates(task) -> dict:
    """What of its command is rendered when the task runs, by argument."""
    fields = {
        "cmds": list(task.cmds),
        "arguments": list(task.arguments),
        "env_vars": _variables(task.env_vars),
    }
    found = {
        name: value for name, value in fields.items() if is_template(value, task.template_ext)
    }
    for name, value in found.items():
        texts = value.values() if isinstance(value, dict) else value
        if not all(isinstance(text, str) for text in texts):
            raise ValueError(f"{name}= is not of texts alone")
        if any(text.endswith(tuple(task.template_ext)) for text in texts if text):
            raise ValueError(f"{name}= is rendered from a file")
    return found


def _variables(env_vars) -> dict[str, str]:
    if isinstance(env_vars, dict):
        given = dict(env_vars)
    elif isinstance(env_vars, (list, tuple)):
        # One without a value has its own: from a Secret, or none.
        given = {each.name: each.value for each in env_vars if each.value is not None}
    else:
        raise ValueError("env_vars= is neither a dictionary nor a list")
    if any(is_template(name, ()) for name in given):
        raise ValueError("the name of a variable in env_vars= is rendered when the task runs")
    return given


def _mutates_pods() -> bool:
    from airflow.settings import get_policy_plugin_manager

    hook = get_policy_plugin_manager().hook.pod_mutation_hook
    # Airflow's own does nothing.
    return len(hook.get_hookimpls()) > 1


def facts_of(task) -> dict:
    from kubernetes.client import ApiClient

    # Building it changes the operator, and asks the hook, which needs a cluster,
    # for a namespace where neither operator nor template has one.
    own = copy.copy(task)
    own.__dict__["hook"] = SimpleNamespace(get_namespace=lambda: _ANY)
    pod = own.build_pod_request_obj(dry_run=True)
    if not task.namespace and pod.metadata.namespace != _ANY:
        # Which no argument says: it would be dropped without a word.
        named = pod.metadata.namespace
        return {"python": f'namespace= is missing, and its template names "{named}"'}
    for name in ("airflow_version", "kubernetes_pod_operator"):
        pod.metadata.labels.pop(name, None)
    started = task.startup_timeout_seconds
    return {
        "pod": ApiClient().sanitize_for_serialization(pod),
        "namespace": task.namespace,
        "container": task.base_container_name,
        # To have a node, and then to run.
        "startSeconds": started + (task.schedule_timeout_seconds or started),
        "skipExitCodes": _codes(task.skip_on_exit_code),
        "templates": _templates(task),
        "hides": hidden_of(
            each.name for container in pod.spec.containers for each in container.env or ()
        ),
    }


def _codes(container) -> list[int]:
    """Exit codes may be any container, so they are tried."""
    return [code for code in range(256) if code in container]
