"""What sources of a folder import of it, also where only a task does: inside a
function, which does not run while the file is read."""

from __future__ import annotations

import ast
import os
import sys

#: Larger ones are data.
MAX_SOURCE_BYTES = 1024 * 1024


def imported_files(folder: str, files: set[str]) -> set[str]:
    """
    Sources below the folder that these name in an import statement, and what
    those name in turn. A statement in an `if` or `try` counts too: a module
    that is there and not needed does no harm. What is put together while a
    task runs (`importlib.import_module(name)`) nobody can know.
    """
    roots = _roots(folder)
    found: set[str] = set()
    left = sorted(name for name in files if name.endswith(".py"))
    seen = set(left)
    while left:
        source = left.pop()
        for name in _imported_by(folder, source, roots):
            found.add(name)
            if name not in seen:
                seen.add(name)
                left.append(name)
    return found


def _roots(folder: str) -> list[str]:
    """Places below the folder where Python looks for modules, relative to it."""
    real = os.path.realpath(folder)
    roots = [""]
    for entry in sys.path:
        path = os.path.realpath(entry or ".")
        if path.startswith(real + os.sep):
            roots.append(os.path.relpath(path, real))
    return roots


def _imported_by(folder: str, source: str, roots: list[str]) -> set[str]:
    path = os.path.join(folder, source)
    try:
        if os.path.getsize(path) > MAX_SOURCE_BYTES:
            return set()
        with open(path, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError, RecursionError):
        # Who imports it will see why.
        return set()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found |= _sources_of(folder, roots, alias.name)
        elif isinstance(node, ast.ImportFrom):
            places, module = roots, node.module or ""
            if node.level:
                place = os.path.dirname(source)
                for _ in range(node.level - 1):
                    place = os.path.dirname(place)
                places = [place]
            # A name may be a module of the package.
            for alias in node.names:
                found |= _sources_of(folder, places, f"{module}.{alias.name}".strip("."))
    return found


def _sources_of(folder: str, roots: list[str], name: str) -> set[str]:
    """The packages on the way to a module, and the module, where they are ours."""
    found: set[str] = set()
    for root in roots:
        place = root
        for part in name.split("."):
            module = os.path.join(place, f"{part}.py")
            package = os.path.join(place, part)
            if os.path.isfile(os.path.join(folder, package, "__init__.py")):
                found.add(os.path.join(package, "__init__.py"))
            elif os.path.isfile(os.path.join(folder, module)):
                found.add(module)
                break
            elif not os.path.isdir(os.path.join(folder, package)):
                break
            place = package
    return found
