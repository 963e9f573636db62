"""Spellings of Airflow 2 on Airflow 3, each with a note where it is used.

Three ways in which a file of Airflow 2 fails on Airflow 3:

- modules and names that moved or went: `MODULES`, `NAMES`
- keywords of a DAG that were renamed or dropped: `DAG_KEYWORDS`
- keywords of operators that were renamed or dropped: `TASK_KEYWORDS`; `sla` is
  kept, because it means something to Maestro
"""

from __future__ import annotations

import ast
import datetime
import functools
import importlib
import importlib.abc
import importlib.util
import inspect
import os
import sys
from types import CodeType, ModuleType

_STANDARD = "airflow.providers.standard"
#: Modules that are not there any more -> where what they had is now.
MODULES = {
    "airflow.operators.bash_operator": f"{_STANDARD}.operators.bash",
    "airflow.operators.branch_operator": "airflow.sdk.bases.branch",
    "airflow.operators.dagrun_operator": f"{_STANDARD}.operators.trigger_dagrun",
    "airflow.operators.dummy": f"{_STANDARD}.operators.empty",
    "airflow.operators.dummy_operator": f"{_STANDARD}.operators.empty",
    "airflow.operators.email_operator": "airflow.providers.smtp.operators.smtp",
    "airflow.operators.latest_only_operator": f"{_STANDARD}.operators.latest_only",
    "airflow.operators.python_operator": f"{_STANDARD}.operators.python",
    "airflow.operators.http_operator": "airflow.providers.http.operators.http",
    "airflow.sensors.base_sensor_operator": "airflow.sdk.bases.sensor",
    "airflow.sensors.date_time_sensor": f"{_STANDARD}.sensors.date_time",
    "airflow.sensors.external_task_sensor": f"{_STANDARD}.sensors.external_task",
    "airflow.sensors.http_sensor": "airflow.providers.http.sensors.http",
    "airflow.sensors.time_delta_sensor": f"{_STANDARD}.sensors.time_delta",
    "airflow.hooks.base_hook": "airflow.sdk.bases.hook",
    "airflow.hooks.http_hook": "airflow.providers.http.hooks.http",
    "airflow.hooks.postgres_hook": "airflow.providers.postgres.hooks.postgres",
    "airflow.datasets": "airflow.sdk",
    "airflow.utils.weekday": f"{_STANDARD}.utils.weekday",
    "airflow.kubernetes.secret": "airflow.providers.cncf.kubernetes.secret",
    "airflow.contrib.operators.kubernetes_pod_operator": "airflow.providers.cncf.kubernetes.operators.pod",
    "airflow.providers.cncf.kubernetes.operators.kubernetes_pod": "airflow.providers.cncf.kubernetes.operators.pod",
}
#: Packages that are not there any more, so that what is in them is found.
PACKAGES = ("airflow.contrib", "airflow.contrib.operators", "airflow.kubernetes")
#: (module, name) that is not there any more -> (module, name) that took its place.
NAMES = {
    (f"{_STANDARD}.operators.empty", "DummyOperator"): (
        f"{_STANDARD}.operators.empty",
        "EmptyOperator",
    ),
    ("airflow.providers.http.operators.http", "SimpleHttpOperator"): (
        "airflow.providers.http.operators.http",
        "HttpOperator",
    ),
    ("airflow.sdk", "Dataset"): ("airflow.sdk", "Asset"),
    ("airflow.sdk", "DatasetAlias"): ("airflow.sdk", "AssetAlias"),
    ("airflow.sdk", "DatasetAll"): ("airflow.sdk", "AssetAll"),
    ("airflow.sdk", "DatasetAny"): ("airflow.sdk", "AssetAny"),
    ("airflow.utils.helpers", "chain"): ("airflow.sdk", "chain"),
    ("airflow.utils.helpers", "cross_downstream"): ("airflow.sdk", "cross_downstream"),
    ("airflow.utils.dates", "days_ago"): (__name__, "days_ago"),
    ("airflow.utils.decorators", "apply_defaults"): (__name__, "apply_defaults"),
}
#: Keywords of a DAG -> their new name; None: nothing reads them any more.
DAG_KEYWORDS = {
    "schedule_interval": "schedule",
    "timetable": "schedule",
    "concurrency": "max_active_tasks",
    "fail_stop": "fail_fast",
    "default_view": None,
    "orientation": None,
    "sla_miss_callback": None,
    "full_filepath": None,
}
#: The same for operators of every kind.
TASK_KEYWORDS = {
    "task_concurrency": "max_active_tis_per_dag",
    "provide_context": None,
}
_POD_MODULE = "airflow.providers.cncf.kubernetes.operators.pod"
#: More keywords than one note tells of.
MOST_NOTES = 100
SLA_NOTE = "sla= is gone in Airflow 3; Maestro watches it"


def days_ago(n: int, hour: int = 0, minute: int = 0, second: int = 0, microsecond: int = 0):
    """Midnight UTC so many days ago, as Airflow 2 had it."""
    today = datetime.datetime.now(datetime.timezone.utc).replace(
        hour=hour, minute=minute, second=second, microsecond=microsecond
    )
    return today - datetime.timedelta(days=n)


def apply_defaults(func):
    """Has done nothing since Airflow 2.1."""
    return func


class _Notes:
    """What was noticed while one file was read."""

    def __init__(self, folder: str) -> None:
        self.prefix = os.path.join(folder, "")
        self.found: dict[tuple, dict] = {}

    def add(self, line: tuple[str, int] | None, message: str) -> None:
        key = (line, message)
        if len(self.found) < MOST_NOTES:
            self.found[key] = {
                "file": line[0] if line else None,
                "line": line[1] if line else None,
                "message": message,
            }

    def here(self) -> tuple[str, int] | None:
        """The innermost place in the folder that is being executed."""
        frame = sys._getframe(1)
        while frame is not None:
            name = frame.f_code.co_filename
            if name.startswith(self.prefix):
                return name[len(self.prefix) :], frame.f_lineno
            frame = frame.f_back  # type: ignore[assignment]
        return None


_current: _Notes | None = None


def begin(folder: str) -> None:
    """A file is going to be read."""
    global _current
    _current = _Notes(folder)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Old modules are the new ones; old names in them are the new ones too."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname in MODULES:
            return importlib.util.spec_from_loader(fullname, self)
        if fullname in PACKAGES:
            return importlib.util.spec_from_loader(fullname, self, is_package=True)
        return None

    def create_module(self, spec):
        if spec.name in PACKAGES:
            return None
        # A module of its own: the import system writes its spec into it.
        new = importlib.import_module(MODULES[spec.name])
        old = ModuleType(spec.name, new.__doc__)
        old.__getattr__ = functools.partial(_attribute, new)  # type: ignore[attr-defined]
        return old

    def exec_module(self, module):
        pass


def _attribute(new: ModuleType, name: str):
    if name == "__path__":
        # Not a package.
        raise AttributeError(name)
    replaced = NAMES.get((new.__name__, name))
    if replaced:
        return getattr(importlib.import_module(replaced[0]), replaced[1])
    return getattr(new, name)


class _NamesLoader(importlib.abc.MetaPathFinder):
    """Adds old names to modules that are still there, once they are loaded."""

    def __init__(self) -> None:
        self._loading: set[str] = set()

    def find_spec(self, fullname, path=None, target=None):
        if fullname in self._loading or not any(module == fullname for module, _ in NAMES):
            return None
        self._loading.add(fullname)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._loading.discard(fullname)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            _add_names(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _add_names(module: ModuleType) -> None:
    for (name, old), (where, new) in NAMES.items():
        if name == module.__name__ and old not in vars(module):
            setattr(module, old, getattr(importlib.import_module(where), new))


def install() -> None:
    """Once, in the process that imports Airflow."""
    sys.meta_path.insert(0, _Finder())
    sys.meta_path.insert(0, _NamesLoader())
    for module in {module for module, _ in NAMES}:
        if module in sys.modules:
            _add_names(sys.modules[module])
    _rename_dag_keywords()
    _rename_task_keywords()


def _renamed(kwargs: dict, table: dict, what: str) -> None:
    for old, new in table.items():
        if old not in kwargs:
            continue
        value = kwargs.pop(old)
        if new is None:
            _note(f"{old}= of {what} is gone in Airflow 3 and has no effect")
        else:
            if value is not None:
                kwargs.setdefault(new, value)
            _note(f"{old}= of {what} is {new}= in Airflow 3, which refuses the old name")


def _note(message: str) -> None:
    if _current:
        _current.add(_current.here(), message)


def _rename_dag_keywords() -> None:
    from airflow.sdk.definitions.dag import DAG

    original = DAG.__init__

    @functools.wraps(original)
    def init(self, *args, **kwargs):
        _renamed(kwargs, DAG_KEYWORDS, "a DAG")
        original(self, *args, **kwargs)
        if _current and (here := _current.here()):
            self.__dict__["_maestro_line"] = here[1]

    DAG.__init__ = init  # type: ignore[method-assign]


def _rename_task_keywords() -> None:
    from airflow.sdk.bases.decorator import DecoratedOperator
    from airflow.sdk.bases.operator import BaseOperator

    # Airflow calls it for each class of an operator, with default_args merged.
    inherited = getattr(BaseOperator, "_hook_apply_defaults", None)

    def hook(self, *args, default_args=None, **kwargs):
        _renamed(kwargs, TASK_KEYWORDS, "an operator")
        sla = kwargs.pop("sla", None)
        if sla is not None:
            self.__dict__["_maestro_sla"] = sla
            _note(SLA_NOTE)
        if "is_delete_operator_pod" in kwargs:
            delete = kwargs.pop("is_delete_operator_pod")
            if delete is not None:
                kwargs.setdefault("on_finish_action", "delete_pod" if delete else "keep_pod")
                _note(
                    "is_delete_operator_pod= is on_finish_action= in newer providers, which ignore the old name"
                )
        if _current and (here := _current.here()):
            self.__dict__["_maestro_file"], self.__dict__["_maestro_line"] = here
        kwargs["default_args"] = default_args or {}
        return inherited(self, *args, **kwargs) if inherited else (args, kwargs)

    BaseOperator._hook_apply_defaults = hook  # type: ignore[attr-defined]

    # Tasks of a decorator have one of their own, which calls no other.
    own = DecoratedOperator._hook_apply_defaults

    def decorated(self, *args, **kwargs):
        args, kwargs = own(self, *args, **kwargs)
        args, kwargs = hook(self, *args, **kwargs)
        # Where it is called says less than where its function stands.
        for name in ("_maestro_file", "_maestro_line"):
            self.__dict__.pop(name, None)
        return args, kwargs

    DecoratedOperator._hook_apply_defaults = decorated  # type: ignore[method-assign]


def line_of(thing) -> int | None:
    """The line that made a DAG or an operator."""
    return thing.__dict__.get("_maestro_line")


def _function_of(task) -> tuple[str, int] | None:
    """Where the function of a task stands that a decorator made, mapped or not."""
    function = getattr(task, "python_callable", None)
    if function is None:
        function = (getattr(task, "partial_kwargs", None) or {}).get("python_callable")
    try:
        code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    except ValueError:  # It wraps itself.
        return None
    if _current is None or not isinstance(code, CodeType):
        return None
    if not code.co_filename.startswith(_current.prefix):
        return None
    return code.co_filename[len(_current.prefix) :], code.co_firstlineno


def facts_of(task) -> dict:
    """What Airflow does not serialize of an operator."""
    sla = task.__dict__.get("_maestro_sla")
    file, line = task.__dict__.get("_maestro_file"), line_of(task)
    if line is None:
        file, line = _function_of(task) or (None, None)
    if sla is None:
        # A mapped one is no operator yet: it has what its instances are made with.
        sla = (getattr(task, "partial_kwargs", None) or {}).get("sla")
        if sla is not None and _current:
            _current.add((file, line) if file and line else None, SLA_NOTE)
    facts = {
        "file": file,
        "line": line,
        "slaSeconds": sla.total_seconds() if isinstance(sla, datetime.timedelta) else sla,
    }
    return {name: value for name, value in facts.items() if value is not None}


def notes(folder: str, paths: list[str]) -> list[dict]:
    """What `begin` has seen since, and the old imports in these files."""
    if _current is None:
        return []
    prefix = os.path.join(folder, "")
    for path in paths:
        try:
            with open(path, "rb") as file:
                tree = ast.parse(file.read())
        except (OSError, SyntaxError, ValueError):
            # Told as an error of the file.
            continue
        relative = path[len(prefix) :] if path.startswith(prefix) else path
        for node in ast.walk(tree):
            for message in _old_imports(node):
                _current.add((relative, node.lineno), message)  # type: ignore[attr-defined]
    return sorted(
        _current.found.values(),
        key=lambda note: (note["file"] or "", note["line"] or 0, note["message"]),
    )


def _old_imports(node: ast.AST):
    if isinstance(node, ast.Import):
        names = [(alias.name, None) for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        names = [(node.module, alias.name) for alias in node.names]
    else:
        return
    told = set()
    for module, name in names:
        if module in MODULES and module not in told:
            told.add(module)
            yield f"{module} is {MODULES[module]} in Airflow 3, which has no such module"
        now = MODULES.get(module, module)
        if name and (new := NAMES.get((now, name))):
            place = "nowhere" if new[0] == __name__ else f"{new[1]} of {new[0]}"
            yield f"{name} of {module} is {place} in Airflow 3, which has no such name"
