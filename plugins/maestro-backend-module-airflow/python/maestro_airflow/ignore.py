"""`.airflowignore`, as Airflow reads it."""

from __future__ import annotations

import re
from pathlib import Path

from airflow._shared.module_loading.file_discovery import _GlobIgnoreRule, _RegexpIgnoreRule

NAME = ".airflowignore"
SYNTAXES = {"": _GlobIgnoreRule, "glob": _GlobIgnoreRule, "regexp": _RegexpIgnoreRule}


class Rules:
    """What files of a folder and of those above it say."""

    def __init__(self, folder: Path, syntax: str, rules: tuple = ()) -> None:
        if syntax not in SYNTAXES:
            raise ValueError(
                f"core.dag_ignore_file_syntax is {syntax!r}; expected one of: glob, regexp"
            )
        self._folder = folder
        self._syntax = syntax
        self._rules = rules

    def below(self, folder: Path, problems: list[dict]) -> Rules:
        """
        Those of a folder too. A line that says nothing is told: without it
        files are run that were not to be.
        """
        path = folder / NAME
        try:
            if not path.is_file():
                return self
            text = path.read_bytes().decode("utf-8", "surrogateescape")
        except OSError as error:
            self._tell(problems, path, None, f"it cannot be read: {error}")
            return self
        rules = list(self._rules)
        for number, line in enumerate(text.split("\n"), 1):
            pattern = re.sub(r"\s*#.*", "", line).rstrip("\r")
            if not pattern:
                continue
            try:
                rule = SYNTAXES[self._syntax].compile(pattern, self._folder, path)
            except Exception as error:
                self._tell(problems, path, number, f"{pattern!r} is no pattern: {error}")
                continue
            if rule is None:
                self._tell(problems, path, number, f"{pattern!r} is no pattern ({self._syntax})")
            else:
                rules.append(rule)
        return Rules(self._folder, self._syntax, tuple(rules))

    def match(self, path: Path) -> bool:
        return bool(self._rules) and SYNTAXES[self._syntax].match(path, list(self._rules))

    def _tell(self, problems: list[dict], path: Path, line: int | None, message: str) -> None:
        problems.append(
            {"file": str(path.relative_to(self._folder)), "line": line, "message": message}
        )
