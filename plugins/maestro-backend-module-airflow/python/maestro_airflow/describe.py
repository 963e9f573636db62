"""The DAGs of one file as JSON. Runs the file: call it in a fork."""

from __future__ import annotations

import functools
import os
import re
import sys
from pathlib import Path


#: Endings of files that templates include, whatever operator has them.
INCLUDED = (".j2", ".jinja", ".jinja2")


class Reads:
    """Files and folders below a folder that are read, beside by an import."""

    def __init__(self, folder: str) -> None:
        self._prefix = os.path.join(os.path.realpath(folder), "")
        self.files: set[str] = set()
        self.folders: set[str] = set()
        self.templates: dict[str, set[str]] = {}

    def listen(self) -> None:
        sys.addaudithook(self._audit)

    def below(self, path: object) -> str | None:
        """The path below the folder; None for what lies elsewhere."""
        try:
            real = os.path.realpath(os.fspath(path))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return None
        if isinstance(real, bytes):
            real = os.fsdecode(real)
        if real == self._prefix[:-1]:
            return ""
        return real[len(self._prefix) :] if real.startswith(self._prefix) else None

    def add_templates(self, dag) -> None:
        """
        What its tasks may read when they are rendered: which of the files that
        end so is known only then.
        """
        endings = {ending for task in dag.tasks for ending in _endings(task)}
        for path in getattr(dag.get_template_env().loader, "searchpath", ()):
            found = self.below(path)
            if found is not None and endings:
                self.templates.setdefault(found, set()).update(endings)

    def _audit(self, event: str, args: tuple) -> None:
        if event == "open":
            path, mode, flags = args
            if isinstance(path, int) or (flags or 0) & (os.O_WRONLY | os.O_RDWR):
                return
            found = self.below(path)
            if found and not found.endswith(".pyc"):
                self.files.add(found)
        elif event in ("os.listdir", "os.scandir") and not _in_import():
            found = self.below(args[0] if args[0] is not None else ".")
            if found is not None:
                self.folders.add(found)

    def modules(self) -> set[str]:
        """Sources of what was imported from the folder."""
        prefix = self._prefix
        return {
            real[len(prefix) :]
            for path in _module_files()
            if (real := _real(path)).startswith(prefix)
        }


@functools.cache
def _real(path: str) -> str:
    return os.path.realpath(path)


def _module_files() -> list[str]:
    paths = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return [path for path in paths if isinstance(path, str)]


def know_modules() -> None:
    """Before the fork: where imported modules are, which each fork asks for all."""
    for path in _module_files():
        _real(path)


def _endings(task) -> tuple[str, ...]:
    """Of the files that a task may render; none without a field that it renders."""
    if not getattr(task, "template_fields", ()):
        return ()
    own = task.template_ext
    return ((own,) if isinstance(own, str) else tuple(own)) + INCLUDED


def _in_import() -> bool:
    """Whether the import system asks, which lists folders to find modules."""
    frame = sys._getframe(2)
    return frame is not None and "importlib" in frame.f_code.co_filename


def describe_file(folder: str, file: str) -> dict:
    """
    `dags`: each as Airflow serializes it, and what that leaves out;
    `errors`: why the file, or one of its DAGs, cannot be read;
    `notes`: spellings of Airflow 2 that Airflow 3 refuses;
    `reads`: what else of the folder the result depends on, and what its tasks
    may read: by folder the endings of their templates.
    """
    from airflow.dag_processing.dagbag import DagBag

    from maestro_airflow import airflow2
    from maestro_airflow.imports import imported_files

    # The folder belongs to the team: nothing is written there.
    sys.dont_write_bytecode = True
    if folder not in sys.path:
        sys.path.append(folder)
    reads = Reads(folder)
    reads.listen()
    airflow2.begin(folder)
    path = os.path.join(folder, file)
    bag = DagBag(
        dag_folder=path,
        bundle_path=Path(folder),
        bundle_name="maestro",
        collect_dags=False,
    )
    bag.process_file(path, only_if_updated=False)
    errors = [_error(folder, file, text) for text in bag.import_errors.values()]
    dags = []
    for dag in bag.dags.values():
        try:
            dags.append(_describe_dag(dag))
            reads.add_templates(dag)
        except Exception as error:
            errors.append(
                {
                    "file": file,
                    "line": airflow2.line_of(dag),
                    "message": f"DAG {dag.dag_id!r} cannot be serialized: {error}",
                    "dagId": dag.dag_id,
                }
            )
    files = reads.files | reads.modules()
    files = {name for name in files | imported_files(folder, files | {file}) if name != file}
    sources = [path, *(os.path.join(folder, name) for name in sorted(files))]
    return {
        "dags": sorted(dags, key=lambda each: each["dag"]["dag_id"]),
        "errors": errors,
        "notes": airflow2.notes(folder, [each for each in sources if each.endswith(".py")]),
        "reads": {
            "files": sorted(files),
            "folders": sorted(reads.folders),
            "templates": {
                name: sorted(endings) for name, endings in sorted(reads.templates.items())
            },
        },
    }


def _describe_dag(dag) -> dict:
    from airflow.serialization.serialized_objects import DagSerialization

    from maestro_airflow import airflow2, executor_config, native
    from maestro_airflow.defers import may_defer

    def facts_of(task) -> dict:
        told = {
            "native": native.native_of(task),
            "executorConfig": executor_config.executor_config_of(task),
            "defers": may_defer(task) or None,
        }
        return {
            **airflow2.facts_of(task),
            **{name: facts for name, facts in told.items() if facts is not None},
        }

    return {
        "dag": DagSerialization.to_dict(dag)["dag"],
        "owner": dag.owner,
        "pausedUponCreation": bool(getattr(dag, "is_paused_upon_creation", None)),
        "line": airflow2.line_of(dag),
        "tasks": {
            task.task_id: facts for task in dag.tasks if (facts := facts_of(task))
        },
    }


_FRAME = re.compile(r'^\s*File "([^"]+)", line (\d+)', re.MULTILINE)


def _error(folder: str, file: str, text: str) -> dict:
    """What a traceback says: the innermost place in the folder, the last line."""
    place: tuple[str, int] | None = None
    prefix = os.path.join(folder, "")
    for path, line in _FRAME.findall(text):
        if path.startswith(prefix):
            place = (path[len(prefix) :], int(line))
    lines = text.rstrip().splitlines() or ["it says nothing"]
    return {
        "file": place[0] if place else file,
        "line": place[1] if place else None,
        "message": lines[-1],
        "traceback": text,
    }
