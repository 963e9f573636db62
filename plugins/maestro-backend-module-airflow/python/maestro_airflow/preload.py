"""Airflow's own modules that files want, imported before the fork."""

from __future__ import annotations

import importlib
import logging
import os

from airflow.utils.file import iter_airflow_imports

log = logging.getLogger(__name__)
_tried: set[str] = set()
#: What each file needs to be read, or its DAGs to be told: 250 modules, which
#: would take four fifths of the time of a fork.
_ALWAYS = (
    "airflow.dag_processing.dagbag",
    "airflow.serialization.serialized_objects",
    # Asked by the serializer for every task, wherever it comes from.
    "airflow.providers.standard.operators.trigger_dagrun",
    "airflow.providers.standard.sensors.external_task",
    "airflow.providers.standard.decorators.python",
    "airflow.providers.standard.operators.bash",
    "airflow.providers.standard.operators.empty",
    "airflow.providers.standard.operators.python",
    "airflow.sdk.definitions.decorators",
    "airflow.timetables.trigger",
    "airflow.version",
    "jinja2.ext",
    # Our own.
    "maestro_airflow.defers",
    "maestro_airflow.imports",
    "maestro_airflow.native",
)
#: It is parsed here, where nothing limits what that takes.
MAX_BYTES = 1024 * 1024


def preload_always() -> None:
    """Imports what every file needs; an environment may do without a provider."""
    for name in _ALWAYS:
        _import(name)


def preload(path: str) -> None:
    """
    Imports what the file imports of Airflow and its providers, which are
    installed packages; nothing of the folder. Each once, for all files.
    """
    try:
        if os.path.getsize(path) > MAX_BYTES:
            return
    except OSError:
        return
    for name in iter_airflow_imports(path):
        _import(name)


def _import(name: str) -> None:
    if name in _tried:
        return
    _tried.add(name)
    try:
        importlib.import_module(name)
    except Exception as error:
        # The file itself will say so, with its line.
        log.debug("%s is not preloaded: %s", name, error)
