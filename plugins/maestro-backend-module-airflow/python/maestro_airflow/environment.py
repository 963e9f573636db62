"""Whether the Python environment is still the one that a process has imported."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterable

#: Seconds between two looks: 3,000 files cost some 15 ms.
LOOK_EVERY = 15
#: More files than any environment imports.
MAX_FILES = 50_000
#: What an installed package leaves beside its modules.
INSTALLED = (".dist-info", ".egg-info", ".egg-link", ".pth")

_Stamp = tuple[int, int, int] | None


class Environment:
    """
    The files that make an environment what it is, as they were when they were
    first seen: sources of imported modules, what is installed, Airflow's
    settings, the interpreter, plugins. A package that is edited in place changes a
    file, one that is installed or removed changes the list, as a plugin does that
    is new.
    """

    def __init__(self) -> None:
        # By both names, where a folder is a link, such as lib64.
        named = [name for path in filter(None, sys.path) for name in (path, os.path.realpath(path))]
        self._places = [path for path in dict.fromkeys(named) if os.path.isdir(path)]
        self._files: dict[str, _Stamp] = {}
        self._looked = time.monotonic()
        self._plugins = _plugins()
        self.follow([*_settings(), *self._plugins])
        self.follow_modules()
        self._installed = self._list_installed()

    def follow_modules(self) -> None:
        """What was imported since."""
        self.follow(self.new_modules())

    def new_modules(self) -> list[str]:
        """Sources of imported modules of the environment that it does not know."""
        paths = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        return [
            path
            for path in paths
            if isinstance(path, str) and path not in self._files and self._is_below(path)
        ]

    def follow(self, paths: Iterable[object]) -> None:
        """Files of the environment; a DAG file may have named them."""
        for path in paths:
            if len(self._files) >= MAX_FILES:
                return
            if isinstance(path, str) and path not in self._files and "\0" not in path:
                self._files[path] = _stamp(path)

    def follow_installed(self, paths: object) -> None:
        """As `follow`, of what a DAG file says: only what lies in the environment."""
        if isinstance(paths, list):
            self.follow(path for path in paths if isinstance(path, str) and self._is_below(path))

    def fingerprint(self) -> str:
        """The same for two processes that have imported the same."""
        facts = (sorted(self._files.items()), self._installed)
        return hashlib.sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()

    def changed(self, look_every: float = LOOK_EVERY) -> str | None:
        """A file that is another one now; None while it is not time to look."""
        now = time.monotonic()
        if now - self._looked < look_every:
            return None
        self._looked = now
        for path, stamp in self._files.items():
            if _stamp(path) != stamp:
                return path
        for path in _plugins():
            if path not in self._plugins:
                return path
        installed = self._list_installed()
        if installed == self._installed:
            return None
        return next(iter(sorted(set(installed) ^ set(self._installed))))[0]

    def _list_installed(self) -> list[tuple[str, int]]:
        found = []
        for place in self._places:
            try:
                with os.scandir(place) as entries:
                    found += [
                        (entry.path, entry.stat().st_mtime_ns)
                        for entry in entries
                        if entry.name.endswith(INSTALLED)
                    ]
            except OSError:
                # Gone: it has nothing installed.
                continue
        return sorted(found)

    def _is_below(self, path: str) -> bool:
        return any(path.startswith(place + os.sep) for place in self._places)


def _settings() -> list[str]:
    return [
        sys.executable,
        os.path.join(sys.prefix, "pyvenv.cfg"),
        os.path.join(os.environ.get("AIRFLOW_HOME", ""), "airflow.cfg"),
    ]


def _plugins() -> set[str]:
    """Airflow loads them when it first needs one."""
    folder = os.environ.get("AIRFLOW__CORE__PLUGINS_FOLDER")
    if not folder:
        return set()
    return {
        os.path.join(root, name)
        for root, _, names in os.walk(folder)
        for name in names
        if name.endswith(".py")
    }


def _stamp(path: str) -> _Stamp:
    try:
        stat = os.stat(path)
    except (OSError, ValueError):
        return None
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)
