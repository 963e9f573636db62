"""What the processes say that a task starts.

Their standard output and error are log of the task, with its secrets hidden, and
their standard input is where they ask the supervisor (an operator with a Python of
its own does). A thread of the task reads it, from the first process on.

The task's own descriptors 1 and 2 stay the log itself: native code that prints much
and holds Python's lock meanwhile would wait for that thread for ever, and what a
crash says last would be lost with it.
"""

from __future__ import annotations

import functools
import logging
import os
import selectors
import socket
import subprocess
import sys
import threading

import _posixsubprocess
import posix
from airflow.sdk.execution_time import supervisor

#: Longest pause of the thread that reads, in seconds.
READ_SECONDS = 60
#: Where `fork_exec` has standard input, output and error, -1 for what is inherited.
_PLACES = ((6, 0), (9, 1), (11, 2))
#: Processes of Python that live as long as the task holds a descriptor open.
_HELPERS = (
    ("multiprocessing.forkserver", "_forkserver", "_forkserver_alive_fd"),
    ("multiprocessing.resource_tracker", "_resource_tracker", "_fd"),
)


class Children:
    """Processes of the task that inherit its standard streams."""

    def __init__(self, own) -> None:
        self._own = own
        self._lock = threading.Lock()
        self._raw = {fd: _file_of(fd) for fd in range(3)}
        self._reads: tuple[socket.socket, ...] = ()
        self._ends: tuple[socket.socket, ...] = ()
        self._thread: threading.Thread | None = None
        self._is_over = False

    def is_asking(self) -> bool:
        return threading.current_thread() is self._thread

    def catch(self) -> None:
        """Once, in the process of the task: each way to start a process."""
        # Whatever forks in Python: os.fork, os.spawn*, multiprocessing.
        os.register_at_fork(before=self._open, after_in_child=self._follow_fork)
        fork_exec = self._fork_exec_of(_posixsubprocess.fork_exec)
        _posixsubprocess.fork_exec = fork_exec
        # As newer ones than 3.10 call it.
        if hasattr(subprocess, "_fork_exec"):
            subprocess._fork_exec = fork_exec  # type: ignore[attr-defined]
        # A subprocess may ask, however it is to be started.
        subprocess._USE_POSIX_SPAWN = False  # type: ignore[attr-defined]
        for name, by in (
            ("posix_spawn", self._spawn_of(os.posix_spawn)),
            ("posix_spawnp", self._spawn_of(os.posix_spawnp)),
            ("system", functools.wraps(os.system)(_system)),
        ):
            setattr(os, name, by)
            # Where pickle looks for it.
            setattr(posix, name, by)

    def _fork_exec_of(self, fork_exec):
        """Of subprocess, and of multiprocessing for a Python of its own."""

        @functools.wraps(fork_exec)
        def with_ends(*args):
            args = list(args)
            for place, fd in _PLACES:
                end = self._instead_of(fd if args[place] == -1 else args[place])
                if end is not None:
                    args[place] = end
            return fork_exec(*args)

        return with_ends

    def _spawn_of(self, spawn):
        @functools.wraps(spawn)
        def with_ends(path, argv, env, /, *, file_actions=(), **rest):
            # What it wants itself comes after.
            actions = [
                (os.POSIX_SPAWN_DUP2, end, fd)
                for fd in (1, 2)
                if (end := self._instead_of(fd)) is not None
            ]
            return spawn(path, argv, env, file_actions=[*actions, *(file_actions or ())], **rest)

        return with_ends

    def _instead_of(self, fd: int) -> int | None:
        """What a process gets that would inherit a descriptor; None for that one
        itself, which the task has put something else in the place of."""
        raw = self._raw.get(fd)
        if raw is None or _file_of(fd) != raw:
            return None
        ends = self._open()
        return ends[fd].fileno() if ends else None

    def _follow_fork(self) -> None:
        """In a fork of the task: whose process reads goes on reading, no other."""
        for fd in (1, 2):
            # A fork on a terminal of its own has it there already.
            if (end := self._instead_of(fd)) is not None:
                os.dup2(end, fd)
        for read in self._reads:
            read.close()

    def _open(self) -> tuple[socket.socket, ...]:
        """For standard input, output and error of a process."""
        # Without the lock, which another thread may have held when this was forked.
        if self._ends or self._is_over:
            return self._ends
        with self._lock:
            if self._ends:
                return self._ends
            own = self._own
            own.stdin, asks = socket.socketpair()
            read_out, out = socket.socketpair()
            read_err, err = socket.socketpair()
            loggers = own._get_target_loggers()
            for end, name, reader in (
                (read_out, "stdout", own._create_log_forwarder(loggers, "task.stdout", data=b"")),
                (
                    read_err,
                    "stderr",
                    own._create_log_forwarder(
                        loggers, "task.stderr", data=b"", log_level=logging.ERROR
                    ),
                ),
                (
                    own.stdin,
                    "requests",
                    supervisor.length_prefixed_frame_reader(
                        own.handle_requests(supervisor.log), on_close=own._on_socket_closed
                    ),
                ),
            ):
                own._open_sockets[end] = name
                own.selector.register(end, selectors.EVENT_READ, reader)
            self._reads = (own.stdin, read_out, read_err)
            self._thread = threading.Thread(target=self._read, daemon=True)
            self._thread.start()
            self._ends = (asks, out, err)
            return self._ends

    def _read(self) -> None:
        while self._own._open_sockets:
            self._own._service_subprocess(READ_SECONDS)

    def end(self) -> None:
        """What they have said is read, for as long as Airflow would wait for it."""
        self._is_over = True
        ends, self._ends = self._ends, ()
        for end in ends:
            end.close()
        for module, name, alive in _HELPERS:
            helper = getattr(sys.modules.get(module), name, None)
            fd = getattr(helper, alive, None)
            if fd is not None:
                setattr(helper, alive, None)
                os.close(fd)
        if self._thread:
            self._thread.join(supervisor.SOCKET_CLEANUP_TIMEOUT)


def _file_of(fd: int) -> tuple[int, int] | None:
    try:
        status = os.fstat(fd)
    except OSError:
        # Closed.
        return None
    return status.st_dev, status.st_ino


def _system(command):
    """`os.system`, which forks where Python does not see it."""
    shell = ["sh", "-c", "--", os.fsencode(command)]
    return os.waitpid(os.posix_spawn("/bin/sh", shell, os.environ), 0)[1]
