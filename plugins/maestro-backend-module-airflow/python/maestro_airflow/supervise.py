"""Runs a task in the process that was forked for it.

Airflow forks once more: its supervisor talks with the API, and the task talks
with the supervisor over sockets, in messages that both encode and decode. What
that buys there, word of a task whose process dies, heartbeats, a log without a
file, Maestro has of its own: an attempt that ends without a word has failed, what
lives is known from the listing, and standard output is the log. So supervisor and
task are one process here, which is half of the processor that a task costs.

A request of the task is a call of the supervisor's own code. What the task prints
becomes lines of the log with its secrets hidden, and so does what the processes
print that it starts (children.py). What its own process writes past sys.stdout and
sys.stderr into descriptors 1 and 2, as native code does, stands in the log as it is.
"""

from __future__ import annotations

import asyncio
import atexit
import io
import logging
import os
import signal
import sys
import threading
import time
import traceback

import structlog
from airflow.sdk import log as sdk_log
from airflow.sdk._shared.logging.structlog import reconfigure_logger
from airflow.sdk.api.client import ServerResponseError
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time import coordinator, supervisor, task_runner
from airflow.sdk.execution_time.comms import ErrorResponse, MaskSecret

from maestro_airflow.children import Children

#: Between TERM and KILL of a task that has said its word and does not end, in seconds.
ESCALATION_SECONDS = 5
#: Of a task that ends by an exception that Airflow does not know.
ODD_EXIT_CODE = 126


def install() -> None:
    """Once, in the process that imports Airflow, before it sets up its logs."""
    coordinator._PythonCoordinator.execute_task = execute_task  # type: ignore[method-assign]
    mask = sdk_log.mask_logs

    def mask_logs(logger, method_name, event):
        event = mask(logger, method_name, event)
        # As the supervisor calls what the task calls exception.
        if error := event.pop("exception", None):
            event["error_detail"] = error
        return event

    sdk_log.mask_logs = mask_logs


def execute_task(
    self, *, what, dag_rel_path, bundle_info, client, logger=None, sentry_integration="", **_
):
    """In place of `_PythonCoordinator.execute_task`."""
    own = Supervisor(
        id=what.id,
        pid=os.getpid(),
        stdin=None,
        process=None,
        process_log=logger or structlog.get_logger(logger_name="task").bind(),
        client=client,
    )
    code = own.run(
        ti=what,
        dag_rel_path=dag_rel_path,
        bundle_info=bundle_info,
        sentry_integration=sentry_integration,
    )
    return coordinator.BaseCoordinator.ExecutionResult(code, own.final_state)


class Supervisor(supervisor.ActivitySubprocess):
    """Airflow's supervisor of a task, in the process of the task."""

    def run(self, **details) -> int:
        """The exit code of the task, whose state the API knows then."""
        self._said = threading.local()
        self._word_of: threading.Timer | None = None
        self._children = Children(self)
        # The API may refuse it: then it does not begin.
        self._on_child_started(**details)
        self.startup = self._said.answer
        task_runner.CommsDecoder = _InsteadOf(Comms(self))  # type: ignore[assignment,misc]
        _begin()
        with Streams(self.process_log):
            self._children.catch()
            try:
                self._exit_code = _exit_code_of(task_runner.main)
                atexit._run_exitfuncs()
            finally:
                # What is waited for now is no task any more.
                if self._word_of:
                    self._word_of.cancel()
                self._children.end()
        if self._exit_code:
            self.process_log.warning("Process exited abnormally", exit_code=self._exit_code)
        self.update_task_state_if_needed()
        return self._exit_code

    def answer(self, msg):
        """What the API says to a request of the task."""
        if isinstance(msg, MaskSecret):
            # Known: the task SDK tells the masker of its own process first.
            return None
        self._follow_fork()
        try:
            # As it would come through a socket.
            self._handle_request(self.decoder.validate_python(msg.model_dump()), supervisor.log, 0)
        except ServerResponseError as error:
            told = {"status_code": error.response.status_code, "detail": _json_of(error.response)}
            supervisor.log.error("API server error", **told, message=str(error))
            raise self._refusal(told, error) from error
        except Exception as error:
            supervisor.log.exception("Unhandled exception while handling task request")
            told = {"status_code": None, "exception_type": type(error).__name__}
            raise self._refusal(told, error) from error
        if self._terminal_state and self._word_of is None:
            self._word_of = threading.Timer(supervisor.TASK_OVERTIME_THRESHOLD, self._end_overtime)
            self._word_of.daemon = True
            self._word_of.start()
        if self._said.error:
            raise AirflowRuntimeError(self._said.error)
        return self._said.answer

    @staticmethod
    def _refusal(detail: dict, error: Exception) -> AirflowRuntimeError:
        return AirflowRuntimeError(
            ErrorResponse(
                error=ErrorType.API_SERVER_ERROR, detail={**detail, "message": str(error)}
            )
        )

    def send_msg(self, msg, request_id, error=None, **dump_opts):
        if self._children.is_asking():
            super().send_msg(msg, request_id, error, **dump_opts)
        else:
            self._said.answer, self._said.error = msg, error

    def kill(self, *_, **__):
        """A task that may not begin is not there yet."""

    def _check_subprocess_exit(self, *_, **__):
        """As long as anybody asks, it lives."""

    def _follow_fork(self) -> None:
        """A fork of the task must not share the connection of its parent."""
        if os.getpid() != self.pid:
            old = self.client
            self.client = type(old)(base_url=str(old.base_url), token=old.auth.token)
            self.pid = os.getpid()

    def _end_overtime(self) -> None:
        self.process_log.warning(
            "Task success overtime reached; terminating process. "
            "Modify `task_success_overtime` setting in [core] section of "
            "Airflow configuration to change this limit.",
            ti_id=self.id,
        )
        os.kill(self.pid, signal.SIGTERM)
        time.sleep(ESCALATION_SECONDS)
        os.kill(self.pid, signal.SIGKILL)


class Comms:
    """What a task calls its supervisor."""

    def __init__(self, own: Supervisor) -> None:
        self._own = own

    def send(self, msg):
        return self._own.answer(msg)

    async def asend(self, msg):
        return await asyncio.to_thread(self._own.answer, msg)

    def _get_response(self):
        """The first one, which no request comes before."""
        return self._own.startup

    @property
    def socket(self):
        """There is none; who becomes another user would take it along."""
        if os.environ.pop("_AIRFLOW__REEXECUTED_PROCESS", None):
            raise RuntimeError(
                "run_as_user= and [core] default_impersonation are not there: "
                "tasks run as the user of the process runner"
            )
        return None


class _InsteadOf:
    """`CommsDecoder[…](log=…)` is made by Airflow's main of a task."""

    def __init__(self, comms: Comms) -> None:
        self._comms = comms

    def __getitem__(self, _):
        return lambda **_: self._comms


class LogLines(io.RawIOBase):
    """A standard stream whose lines go into the log of the task."""

    def __init__(self, fd: int, write) -> None:
        self._fd = fd
        self._write = write
        self._rest = b""
        # A signal may print while something is being printed.
        self._lock = threading.RLock()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._fd

    def isatty(self) -> bool:
        return False

    def write(self, data) -> int:
        data = bytes(data)
        with self._lock:
            *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._write(line)
        return len(data)

    def last(self) -> None:
        """What has no end of line."""
        with self._lock:
            line, self._rest = self._rest, b""
        if line:
            self._write(line)


class Streams:
    """sys.stdout and sys.stderr as streams of the log, as long as it is entered."""

    def __init__(self, logger) -> None:
        # Where it is printed from is not known.
        logger = reconfigure_logger(logger, structlog.processors.CallsiteParameterAdder)

        def writer(name, level):
            def write(line: bytes) -> None:
                text = line.rstrip().decode("utf-8", errors="replace")
                logger.log(level, text, logger=name)

            return write

        self._raw = (
            LogLines(1, writer("task.stdout", logging.INFO)),
            LogLines(2, writer("task.stderr", logging.ERROR)),
        )

    def __enter__(self) -> None:
        self._before = sys.stdout, sys.stderr
        self._streams = [
            io.TextIOWrapper(
                raw, encoding="utf-8", errors="backslashreplace", line_buffering=True
            )  # type: ignore[type-var]
            for raw in self._raw
        ]
        sys.stdout, sys.stderr = self._streams

    def __exit__(self, *_) -> None:
        # A task may have put others in their place.
        for stream, raw in zip(self._streams, self._raw):
            try:
                stream.flush()
            except ValueError:
                # Closed by the task.
                pass
            raw.last()
        sys.stdout, sys.stderr = self._before


def _begin() -> None:
    """As Airflow's fork of a task begins."""
    sys.excepthook = sys.__excepthook__
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR2):
        signal.signal(number, signal.SIG_DFL)
    # Those of the process that was forked.
    atexit._clear()
    supervisor.block_orm_access()


def _exit_code_of(main) -> int:
    try:
        main()
        return 0
    except SystemExit as end:
        if isinstance(end.code, int):
            return end.code & 255
        if end.code:
            print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return ODD_EXIT_CODE


def _json_of(response):
    try:
        return response.json()
    except ValueError:
        return None
