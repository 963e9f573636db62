"""Work in a fork that can hurt only itself."""

from __future__ import annotations

import errno
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import psutil

#: Seconds between two looks at what a fork uses.
LOOK_EVERY = 0.1
#: A DAG of 10,000 tasks is 20 MB; more is not wanted in memory.
MAX_ANSWER_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one fork may use, with everything it starts."""

    #: Of wall time.
    seconds: float
    #: More than this process has.
    memory_bytes: int
    #: At the same time.
    processes: int

    @classmethod
    def of(cls, given: dict) -> Limits:
        return cls(
            seconds=float(given["seconds"]),
            memory_bytes=int(given["memoryBytes"]),
            processes=int(given["processes"]),
        )


class Late(str):
    """Why it was given up: its time is over."""


def confined(work: Callable[[], dict], limits: Limits) -> dict:
    """
    What `work` returns, done in a fork; `{"killed": why}` when it used more
    than it may, or ended without an answer, with `"late": True` when that was
    time. Nothing that it started is left.
    """
    receive, send = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        os.close(receive)
        _work_and_exit(work, send, limits)
    os.close(send)
    try:
        answer, why = _watch(pid, receive, limits)
    finally:
        os.close(receive)
        _end_all(pid)
    if isinstance(why, Late):
        return {"killed": why, "late": True}
    if why is not None:
        return {"killed": why}
    try:
        return json.loads(answer)
    except ValueError:
        return {"killed": "it ended the process that read it without an answer"}


def _work_and_exit(work: Callable[[], dict], send: int, limits: Limits) -> None:
    """Runs in the fork. Never returns."""
    code = 1
    own = os.getpid()
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        # What it prints is of no use to anybody, however much it is.
        for fd in (0, 1, 2):
            os.dup2(nothing, fd)
        _limit_memory(limits.memory_bytes)
        try:
            answer = work()
            text = json.dumps(answer, allow_nan=False, default=str).encode()
        except MemoryError:
            answer = {"killed": _memory_text(limits)}
            text = json.dumps(answer).encode()
        except Exception as error:
            # What it did to this process keeps it from being described.
            answer = {"killed": f"what it has cannot be told: {type(error).__name__}: {error}"}
            text = json.dumps(answer).encode()
        # A file that forks comes here twice; only the first is ours.
        if os.getpid() == own:
            _write_all(send, text)
            code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        # No exit handlers: those are the parent's.
        os._exit(code)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _limit_memory(extra: int) -> None:
    if sys.platform != "linux":
        # Elsewhere the limit has no effect, or counts what is shared.
        return
    with open("/proc/self/statm") as statm:
        have = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (have + extra, have + extra))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _memory_text(limits: Limits) -> str:
    return f"it needs more memory than the {limits.memory_bytes // 1024**2} MiB that reading a file may take"


def _watch(pid: int, receive: int, limits: Limits) -> tuple[bytes, str | None]:
    """The answer, and why it was given up."""
    deadline = time.monotonic() + limits.seconds
    base = psutil.Process().memory_info().rss
    parts: list[bytes] = []
    size = 0
    os.set_blocking(receive, False)
    while True:
        now = time.monotonic()
        if now >= deadline:
            return b"", Late(f"reading it took longer than {limits.seconds:g} s")
        readable, _, _ = select.select([receive], [], [], min(LOOK_EVERY, deadline - now))
        status = _ended(pid)
        if readable or status is not None:
            while data := _read_some(receive):
                parts.append(data)
                size += len(data)
                if size > MAX_ANSWER_BYTES:
                    return b"", f"its DAGs are more than {MAX_ANSWER_BYTES // 1024**2} MiB as JSON"
            if data == b"" and status is None:
                # It closed its end; it exits now or never.
                status = _wait(pid, deadline)
                if status is None:
                    continue
        if status is not None:
            if os.WIFSIGNALED(status):
                number = os.WTERMSIG(status)
                return b"", f"the process that read it was ended by {signal.Signals(number).name}"
            if os.WEXITSTATUS(status) != 0 or size == 0:
                return (
                    b"",
                    f"it ended the process that read it (exit code {os.WEXITSTATUS(status)}), "
                    "as os._exit does",
                )
            return b"".join(parts), None
        if why := _too_much(limits, base):
            return b"", why


def _read_some(fd: int) -> bytes | None:
    """`b""` at the end, None when there is nothing now."""
    try:
        return os.read(fd, 1 << 20)
    except BlockingIOError:
        return None


def _ended(pid: int) -> int | None:
    try:
        done, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return 1 << 8
    return status if done else None


def _wait(pid: int, deadline: float) -> int | None:
    while time.monotonic() < deadline:
        if (status := _ended(pid)) is not None:
            return status
        time.sleep(0.01)
    return None


def _too_much(limits: Limits, base: int) -> str | None:
    used = 0
    count = 0
    for process in psutil.Process().children(recursive=True):
        try:
            used += max(0, process.memory_info().rss - base)
        except psutil.Error:
            continue
        count += 1
    if count > limits.processes:
        return f"it started more than {limits.processes} processes"
    return _memory_text(limits) if used > limits.memory_bytes else None


def _end_all(pid: int) -> None:
    """Ends everything that the fork has started, also what left its session."""
    while True:
        try:
            os.killpg(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        left = psutil.Process().children(recursive=True)
        # Stopped first, so that what forks does not outrun us.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for process in left:
                try:
                    process.send_signal(number)
                except psutil.Error:
                    pass
        _reap()
        if not left:
            return


def _reap() -> None:
    while True:
        try:
            done, _ = os.waitpid(-1, os.WNOHANG)
        except OSError as error:
            if error.errno == errno.ECHILD:
                return
            raise
        if done == 0:
            time.sleep(0.005)
            return
