"""Files that several runs may read and replace at the same time."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterator

if TYPE_CHECKING:
    import pandas as pd


@contextlib.contextmanager
def locked(path: Path, shared: bool = False) -> Iterator[None]:
    """Holds the lock file ``path``: one writer, or any number of readers.

    Waits as long as it takes (the task's timeout is the limit). The lock ends
    with the process, however that ends. Not reentrant.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def replace(path: Path, write: Callable[[Path], Any]) -> None:
    """Calls ``write`` with a new file and puts that in the place of ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_parquet(path: Path, frame: pd.DataFrame) -> None:
    """Replaces ``path`` by the rows of ``frame``, in microseconds."""
    replace(
        path,
        lambda target: frame.to_parquet(
            target,
            index=False,
            coerce_timestamps="us",
            allow_truncated_timestamps=True,
        ),
    )


def write_json(path: Path, value: Any) -> None:
    """Replaces ``path`` by ``value``."""
    text = json.dumps(value, indent=2, sort_keys=True)
    replace(path, lambda target: target.write_text(text + "\n"))


def read_json(path: Path) -> Any:
    """The value in ``path``; None when there is no such file."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return None
