"""What is in a folder of DAG files."""

from __future__ import annotations

import hashlib
import os

from airflow._shared.module_loading import find_path_from_directory
from airflow.configuration import conf
from airflow.utils.file import might_contain_dag

#: Larger files are told apart by their time and size.
MAX_HASHED_BYTES = 1024 * 1024
#: A folder with more files is no folder of DAGs.
MAX_FILES = 20_000


class Scans:
    """Remembers what it has hashed: unchanged files are not read again."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple, dict]] = {}

    def scan(self, folder: str) -> dict[str, dict]:
        """
        By path below the folder: the hash of the content, and whether Airflow
        would look for DAGs in it. Files that `.airflowignore` names may still be
        imported by others, so they are listed, without `dag`.
        """
        if not os.path.isdir(folder):
            raise NotADirectoryError(f"{folder} is not a folder")
        syntax = conf.get_mandatory_value("core", "DAG_IGNORE_FILE_SYNTAX", fallback="glob")
        candidates = {
            os.path.relpath(path, folder)
            for path in find_path_from_directory(folder, ".airflowignore", syntax)
            if path.lower().endswith((".py", ".zip"))
        }
        found: dict[str, dict] = {}
        known: dict[str, tuple[tuple, dict]] = {}
        for root, dirs, names in os.walk(folder, followlinks=True):
            dirs[:] = [name for name in dirs if not _is_hidden(name)]
            for name in names:
                if _is_hidden(name) or name.endswith(".pyc"):
                    continue
                path = os.path.join(root, name)
                facts = self._facts(path, known)
                if facts is None:
                    continue
                relative = os.path.relpath(path, folder)
                found[relative] = {
                    "hash": facts["hash"],
                    "dag": relative in candidates and facts["dag"],
                }
                if len(found) > MAX_FILES:
                    raise OSError(f"{folder} has more than {MAX_FILES} files")
        prefix = os.path.join(folder, "")
        self._known = {
            path: value for path, value in self._known.items() if not path.startswith(prefix)
        } | known
        return found

    def _facts(self, path: str, known: dict) -> dict | None:
        try:
            stat = os.stat(path)
        except OSError:
            # Gone between the two looks, or a link to nowhere.
            return None
        stamp = (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino)
        before = self._known.get(path)
        if before and before[0] == stamp:
            known[path] = before
            return before[1]
        try:
            facts = {"hash": _hash(path, stamp), "dag": _looks_like_dag(path)}
        except OSError:
            return None
        known[path] = (stamp, facts)
        return facts


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in ("__pycache__", "node_modules")


def _hash(path: str, stamp: tuple) -> str:
    if stamp[2] > MAX_HASHED_BYTES:
        return "stamp:" + ":".join(str(part) for part in stamp)
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def _looks_like_dag(path: str) -> bool:
    return path.lower().endswith((".py", ".zip")) and might_contain_dag(path, True)
