"""What a task hands to the tasks after it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import tempfile
import threading
from typing import Any, Iterator

from . import task_api

# Unless MAESTRO_OUTPUT_LIMIT says another number of bytes: a pod hands over less.
MAX_FILE_BYTES = 256 * 1024
_in_process = threading.Lock()

# A file that is mounted on its own (a pod's termination message) cannot be
# renamed over, only written.
_CANNOT_RENAME = {
    errno.EBUSY,
    errno.EXDEV,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.EINVAL,
}


class OutputTooLarge(ValueError):
    """The outputs do not fit in the output file and there is no task API."""


def output(key: str, value: Any = None) -> None:
    """Makes ``value`` available as ``tasks.<id>.outputs.<key>``.

    The value must be JSON (no NaN or infinity: they are no JSON). A second
    call with the same key replaces the first. Several threads and child
    processes of one task may call this at the same time. What makes the file
    larger than 256 KiB, in a pod than ``MAESTRO_OUTPUT_LIMIT`` bytes, goes
    through the task API, up to 10 MiB; without an API it raises
    ``OutputTooLarge``. Started by hand, it prints the value.
    """
    task_api.check_name("Output key", key)
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"Output {key} is not JSON: {error}") from error
    path = os.environ.get("MAESTRO_OUTPUT")
    if not path:
        print(f"output {key} = {text}", flush=True)
        return
    limit = int(os.environ.get("MAESTRO_OUTPUT_LIMIT") or MAX_FILE_BYTES)
    with _in_process, _between_processes(path):
        before = _read(path)
        merged = _encode({**before, key: json.loads(text)})
        if len(merged) <= limit:
            _write(path, merged)
            return
        if key in before and task_api.available():
            del before[key]  # else the old value would hide the new one
            _write(path, _encode(before))
    if not task_api.available():
        raise OutputTooLarge(
            f"Output {key} makes the outputs of this task {len(merged):,}"
            f" bytes; {limit:,} fit in the output file and this task"
            " has no task API. Store it elsewhere and output its address."
        )
    task_api.send(
        "PUT", f"/v1/outputs/{key}", text.encode(), "application/json"
    )


def _encode(outputs: dict[str, Any]) -> bytes:
    return json.dumps(outputs, ensure_ascii=False).encode()


def _read(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return {}
    if not text.strip():
        return {}
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError(f"{path} must hold one JSON object of outputs")
    return value


def _write(path: str, content: bytes) -> None:
    """Replaces the file at once, so that no reader sees half of it."""
    folder = os.path.dirname(os.path.abspath(path))
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=".output-", dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
        return
    except OSError as error:
        if error.errno not in _CANNOT_RENAME:
            raise
    finally:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
    with open(path, "wb") as file:
        file.write(content)


@contextlib.contextmanager
def _between_processes(path: str) -> Iterator[None]:
    """Locks the output's folder itself, so that no lock file is left over."""
    folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
