"""Airflow's own modules that a file wants, imported before the fork."""

from __future__ import annotations

import importlib
import logging
import os

from airflow.utils.file import iter_airflow_imports

log = logging.getLogger(__name__)
_tried: set[str] = set()
#: It is parsed here, where nothing limits what that takes.
MAX_BYTES = 1024 * 1024


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
        if name in _tried:
            continue
        _tried.add(name)
        try:
            importlib.import_module(name)
        except Exception as error:
            # The file itself will say so, with its line.
            log.debug("%s is not preloaded: %s", name, error)
