"""What a BashOperator would start, told beforehand."""

from __future__ import annotations

import inspect

from maestro_airflow.templates import (
    hidden_of,
    hidden_reason,
    is_template,
    python_reason,
    settings_reason,
    texts_of,
)

OPERATOR = "airflow.providers.standard.operators.bash.BashOperator"


def reason_of(task) -> str | None:
    fields = {"bash_command": task.bash_command, "env": task.env, "cwd": task.cwd}
    if not isinstance(task.bash_command, str):
        return "bash_command= is no text before it runs"
    if task.cwd is not None and not isinstance(task.cwd, str):
        return "cwd= is no text before it runs"
    if task.env is not None and not (
        isinstance(task.env, dict)
        and all(isinstance(text, str) for pair in task.env.items() for text in pair)
    ):
        return "env= is not of texts alone before it runs"
    for name, value in fields.items():
        # What bash_command= names was read with the DAG, as far as it was found.
        if any(text.endswith(tuple(task.template_ext)) for text in texts_of(value)):
            return f"{name}= is rendered from a file"
    if task.output_processor is not _default("output_processor"):
        return "output_processor= is Python code"
    if task.output_encoding.lower().replace("_", "-") not in ("utf-8", "utf8"):
        return f"output_encoding= is {task.output_encoding}"
    for name in ("get_env", "on_kill", "subprocess_hook"):
        if name in task.__dict__:
            return f"its {name} was replaced"
    if task.multiple_outputs:
        return "multiple_outputs= is Python's"
    if next(task.iter_mapped_dependants(), None) is not None:
        return "a task is expanded over what it hands on"
    # Beyond 128 is how shells count signals, which Airflow counts below zero.
    if any(code in task.skip_on_exit_code for code in (*range(-64, 0), *range(129, 256))):
        return "skip_on_exit_code= has codes of signals"
    if reason := hidden_reason(fields):
        return reason
    if _adds_variables():
        return "get_airflow_context_vars of airflow_local_settings is Python code"
    templates = _templates(fields)
    return settings_reason(task) or (python_reason(task, templates) if templates else None)


def facts_of(task) -> dict:
    fields = {"bash_command": task.bash_command, "env": task.env or None, "cwd": task.cwd}
    skips = [code for code in range(129) if code in task.skip_on_exit_code]
    return {
        "bash": {
            "command": task.bash_command,
            "env": task.env,
            "appendEnv": bool(task.append_env),
            "cwd": task.cwd,
            "skipExitCodes": skips,
            # One that skips itself hands on nothing.
            "handsOn": bool(task.do_xcom_push) and 0 not in skips,
            "owner": task.owner,
            # Airflow tells all fields where it renders one of them.
            "templates": fields if _templates(fields) else {},
            "hides": hidden_of(task.env or {}),
        }
    }


def _templates(fields: dict) -> dict:
    return {name: value for name, value in fields.items() if is_template(value, ())}


def _default(name: str):
    from airflow.providers.standard.operators.bash import BashOperator

    return inspect.signature(BashOperator.__init__).parameters[name].default


def _adds_variables() -> bool:
    from airflow.settings import get_policy_plugin_manager

    # Airflow's own adds none.
    return len(get_policy_plugin_manager().hook.get_airflow_context_vars.get_hookimpls()) > 1
