"""What is in a folder of DAG files."""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
from pathlib import Path

from airflow.configuration import conf
from airflow.utils.file import might_contain_dag

from maestro_airflow.ignore import Rules

#: Larger files are told apart by their time and size.
MAX_HASHED_BYTES = 1024 * 1024
#: Nobody has written a larger one, unpacked where it is an archive.
MAX_DAG_FILE_BYTES = 16 * 1024 * 1024
#: A folder with more files is no folder of DAGs.
MAX_FILES = 20_000
DAG_FILES = (".py", ".zip")


class Scans:
    """Remembers what it has hashed: unchanged files are not read again."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple, dict]] = {}

    def scan(self, folder: str) -> dict:
        """
        `files`: by path below the folder the hash of the content, and whether
        Airflow would look for DAGs in it. Files that `.airflowignore` names may
        still be imported by others, so they are listed, without `dag`.
        `problems`: what is not looked at, and why.
        """
        if not os.path.isdir(folder):
            raise NotADirectoryError(f"{folder} is not a folder")
        found: dict[str, dict] = {}
        problems: list[dict] = []
        known: dict[str, tuple[tuple, dict]] = {}
        for path, is_ignored in _walk(folder, problems):
            facts = self._facts(path, known)
            if facts is None:
                continue
            relative = os.path.relpath(path, folder)
            found[relative] = {"hash": facts["hash"], "dag": not is_ignored and facts["dag"]}
            if not is_ignored and "problem" in facts:
                problems.append({"file": relative, "message": facts["problem"]})
            if len(found) > MAX_FILES:
                raise OSError(
                    f"{folder} has more than {MAX_FILES} files: name a folder with DAG files alone"
                )
        prefix = os.path.join(folder, "")
        self._known = {
            path: value for path, value in self._known.items() if not path.startswith(prefix)
        } | known
        return {"files": found, "problems": problems}

    def _facts(self, path: str, known: dict) -> dict | None:
        try:
            info = os.stat(path)
        except OSError:
            # Gone between the two looks, or a link to nowhere.
            return None
        if not stat.S_ISREG(info.st_mode):
            # A pipe would keep whoever reads it.
            return None
        stamp = (info.st_mtime_ns, info.st_ctime_ns, info.st_size, info.st_ino)
        before = self._known.get(path)
        if before and before[0] == stamp:
            known[path] = before
            return before[1]
        try:
            facts = {"hash": _hash(path, stamp), "dag": False}
        except OSError:
            return None
        try:
            facts["dag"] = _looks_like_dag(path, info.st_size)
        except Exception as error:
            facts["problem"] = f"it is not looked at: {error}"
        known[path] = (stamp, facts)
        return facts


def _walk(folder: str, problems: list[dict]):
    """
    All files, and whether `.airflowignore` names them. Each folder once, also
    when links lead to it several times or round in a circle, and by its own
    path rather than by that of a link.
    """
    syntax = conf.get_mandatory_value("core", "DAG_IGNORE_FILE_SYNTAX", fallback="glob")
    seen: set[str] = set()
    waiting = [(folder, Rules(Path(folder), syntax), False)]
    links: list[tuple[str, Rules, bool]] = []
    while waiting or links:
        root, inherited, is_ignored = waiting.pop() if waiting else links.pop(0)
        real = os.path.realpath(root)
        if real in seen:
            continue
        seen.add(real)
        rules = inherited.below(Path(root), problems)
        try:
            with os.scandir(root) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            # Not the whole: that others are there is known.
            if root != folder:
                problems.append(
                    {"file": os.path.relpath(root, folder), "message": f"it cannot be read: {error}"}
                )
                continue
            raise
        for entry in listed:
            if _is_hidden(entry.name):
                continue
            try:
                entry.name.encode()
            except UnicodeEncodeError:
                shown = os.fsencode(os.path.relpath(entry.path, folder)).decode(errors="replace")
                problems.append(
                    {"file": shown, "message": "its name is not UTF-8, so it is not read: rename it"}
                )
                continue
            ignored = is_ignored or rules.match(Path(entry.path))
            try:
                is_folder = entry.is_dir()
            except OSError:
                # A link to itself.
                continue
            if is_folder:
                (links if entry.is_symlink() else waiting).append((entry.path, rules, ignored))
            elif not entry.name.endswith(".pyc"):
                yield entry.path, ignored


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in ("__pycache__", "node_modules")


def _hash(path: str, stamp: tuple) -> str:
    if stamp[2] > MAX_HASHED_BYTES:
        return "stamp:" + ":".join(str(part) for part in stamp)
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def _looks_like_dag(path: str, size: int) -> bool:
    """@raises what keeps it from being one"""
    if not path.lower().endswith(DAG_FILES):
        return False
    if size > MAX_DAG_FILE_BYTES:
        raise ValueError(f"it has more than {MAX_DAG_FILE_BYTES // 1024**2} MiB")
    if path.lower().endswith(".zip"):
        if not zipfile.is_zipfile(path):
            raise ValueError("it is no archive")
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
        if unpacked > MAX_DAG_FILE_BYTES:
            raise ValueError(
                f"it has more than {MAX_DAG_FILE_BYTES // 1024**2} MiB when it is unpacked"
            )
    return might_contain_dag(path, True)
