"""Files that several runs may read and replace at the same time."""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterator, Union
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    import pandas as pd

    from .s3 import S3Path

    Folder = Union[Path, S3Path]
    """A folder or file of this machine, or in S3."""


@contextlib.contextmanager
def locked(path: Folder, shared: bool = False) -> Iterator[None]:
    """Holds the lock file ``path``: one writer, or any number of readers.

    Waits as long as it takes (the task's timeout is the limit). The lock ends
    with the process, however that ends. Not reentrant.

    S3 has no locks and nothing is held there: an object is replaced whole, and
    whoever makes the data of an hour makes the same bytes.
    """
    if not isinstance(path, Path):
        yield
        return
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


def _put(path: Folder, content: bytes) -> None:
    if isinstance(path, Path):
        replace(path, lambda target: target.write_bytes(content))
    else:
        path.write_bytes(content)


def write_parquet(path: Folder, frame: pd.DataFrame) -> None:
    """Replaces ``path`` by the rows of ``frame``, in microseconds."""
    content = io.BytesIO()
    frame.to_parquet(
        content,
        index=False,
        coerce_timestamps="us",
        allow_truncated_timestamps=True,
    )
    _put(path, content.getvalue())


def read_parquet(path: Folder) -> pd.DataFrame:
    """The rows of ``path``."""
    import pandas as pd

    return pd.read_parquet(io.BytesIO(path.read_bytes()))


def write_json(path: Folder, value: Any) -> None:
    """Replaces ``path`` by ``value``."""
    text = json.dumps(value, indent=2, sort_keys=True)
    _put(path, f"{text}\n".encode())


def read_json(path: Folder) -> Any:
    """The value in ``path``; None when there is no such file."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None


def remove_older(folder: Folder, suffix: str, seconds: float) -> None:
    """Removes what ends with ``suffix`` and was written longer ago than that."""
    before = time.time() - seconds
    if isinstance(folder, Path):
        found = [(path, path.stat().st_mtime) for path in folder.glob(f"*{suffix}")]
    else:
        found = [(path, at.timestamp()) for path, at in folder.children()]
    for path, written in found:
        if path.name.endswith(suffix) and written < before:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()


def folder_of(address: str) -> Folder:
    """The file or folder at ``address``: a path, ``file://`` or ``s3://``.

    Keys and address of S3 are those of ``aws_default``. Raises ``ValueError``
    for anything else.
    """
    parts = urlsplit(address)
    if parts.scheme in ("s3", "s3a"):
        from .s3 import S3Path, configure

        key = f"{parts.netloc}{unquote(parts.path)}".strip("/")
        if not parts.netloc:
            raise ValueError(f"{address!r} names no bucket")
        configure()
        return S3Path(key)
    path = Path(unquote(parts.path) if parts.scheme == "file" else address)
    if parts.scheme not in ("", "file") or not path.is_absolute():
        raise ValueError(f"{address!r} is no absolute path")
    return path
