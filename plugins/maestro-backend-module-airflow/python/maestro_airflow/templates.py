"""Templates that are rendered without the DAG file: which ones can be."""

from __future__ import annotations

import jinja2
from jinja2 import meta, nodes

#: What a template or a part of one begins with.
_MARKS = ("{{", "{%", "{#")
#: What of Airflow's context is that of the run and not of the DAG file.
_CONTEXT = {
    "conn",
    "dag_run",
    "data_interval_end",
    "data_interval_start",
    "ds",
    "ds_nodash",
    "logical_date",
    "macros",
    "params",
    "partition_date",
    "partition_key",
    "prev_data_interval_end_success",
    "prev_data_interval_start_success",
    "prev_end_date_success",
    "prev_start_date_success",
    "run_id",
    "task_instance",
    "task_instance_key_str",
    "ti",
    "triggering_asset_events",
    "ts",
    "ts_nodash",
    "ts_nodash_with_tz",
    "var",
}
#: Of the task instance; others lead to the operator.
_TASK_INSTANCE = {"dag_id", "map_index", "run_id", "task_id", "try_number", "xcom_pull"}
_INCLUDES = (nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include)


def is_template(value, endings) -> bool:
    """Whether Airflow would put something else in its place."""
    if isinstance(value, str):
        return any(mark in value for mark in _MARKS) or (
            bool(endings) and value.endswith(tuple(endings))
        )
    if isinstance(value, dict):
        return any(is_template(part, endings) for pair in value.items() for part in pair)
    if isinstance(value, (list, tuple, set)):
        return any(is_template(part, endings) for part in value)
    if hasattr(value, "openapi_types"):
        # An object of Kubernetes' client.
        return any(
            is_template(getattr(value, name, None), endings) for name in value.openapi_types
        )
    # A reference to what another task hands on.
    return hasattr(value, "resolve")


def python_reason(task, templates: dict) -> str | None:
    """Why they need the DAG file, by the argument that does; None if none does."""
    dag = task.dag
    if dag.user_defined_macros or dag.user_defined_filters:
        return "the macros or filters of the DAG are Python code"
    if reason := settings_reason(task):
        return reason
    known = dag.params
    if any(name not in known or known[name] != task.params[name] for name in task.params):
        return "params= of the task are not those of the run"
    environment = dag.get_template_env()
    for name, value in templates.items():
        for text in texts_of(value):
            if reason := _text_reason(environment, text):
                return f"{name}= {reason}"
    return None


def settings_reason(task) -> str | None:
    """Why even a text without templates is rendered in its own way."""
    dag = task.dag
    if dag.jinja_environment_kwargs or dag.template_undefined is not jinja2.StrictUndefined:
        return "the DAG has settings for Jinja of its own"
    if dag.render_template_as_native_obj or getattr(task, "render_template_as_native_obj", None):
        return "its templates are rendered as Python objects"
    return None


def hidden_of(names) -> list[str]:
    """Names whose values Airflow shows to nobody (core.sensitive_var_conn_names)."""
    from airflow.sdk._shared.secrets_masker import should_hide_value_for_key

    return [name for name in names if should_hide_value_for_key(name)]


def hidden_reason(fields) -> str | None:
    """Why what is shown of the task is Airflow's matter, by the argument that is hidden."""
    hidden = hidden_of(fields)
    return f"core.sensitive_var_conn_names hides {hidden[0]}=" if hidden else None


def texts_of(value) -> list[str]:
    """Those of a field; of a dictionary its values, as Airflow renders it."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, str):
        return [value]
    return [] if value is None else list(value)


def _text_reason(environment, text: str) -> str | None:
    try:
        tree = environment.parse(text)
    except jinja2.TemplateSyntaxError as error:
        return f"is no template: {error}"
    if next(tree.find_all(_INCLUDES), None) is not None:
        return "includes another template"
    wanted = meta.find_undeclared_variables(tree) - set(environment.globals) - _CONTEXT
    if wanted:
        return f"wants {', '.join(sorted(wanted))} of the DAG file"
    # Each use of the task instance must be one of those that are known.
    known = {
        id(use.node)
        for use in tree.find_all(nodes.Getattr)
        if isinstance(use.node, nodes.Name) and use.attr in _TASK_INSTANCE
    }
    for use in tree.find_all(nodes.Name):
        if use.name in ("ti", "task_instance") and id(use) not in known:
            return f"wants more of {use.name} than Maestro knows without the DAG file"
    return None
