"""Runs the triggers of deferred tasks, all in one event loop.

    python -m maestro_airflow.triggers MEMORY_BYTES BLOCKED_SECONDS

One for a Python environment of a backend, which starts it when a task waits for
a trigger. It keeps nothing: which triggers there are the backend says, and who
comes after it says so again. It ends with its standard input.

Lines of JSON come in: {"start": {...}}, {"stop": id, "killed": bool}. Lines of
JSON go out: {"ready": true}, {"id", "event" | "ended" | "failed"}, {"id", "log"}
and {"blocked": {...}}.

What a trigger asks Airflow for (connections, variables, XComs) is asked of the
task API with the token of its own task: a context variable says which trigger
it is that runs.
"""

from __future__ import annotations

import asyncio
import contextvars
import io
import json
import os
import signal
import sys
import threading
import time
import traceback

#: How long on_kill and cleanup of a trigger may take, in seconds.
END_SECONDS = 30
#: Largest payload of an event, or XComs of a task that is ended, in characters of JSON.
MAX_EVENT = 1024 * 1024
#: Longest key of an XCom.
MAX_KEY = 256
#: A loop that did not come round for so long is told of, in seconds.
TOLD_SECONDS = 5

#: The trigger that runs.
current: contextvars.ContextVar["Trigger | None"] = contextvars.ContextVar("trigger", default=None)

_out_lock = threading.Lock()
_out: io.BufferedWriter


def say(message: dict) -> None:
    line = json.dumps(message, default=str).encode() + b"\n"
    with _out_lock:
        _out.write(line)
        _out.flush()


class LogStream:
    """Where Airflow's loggers write: a line belongs to the trigger that runs."""

    def write(self, text) -> int:
        line = text.decode(errors="replace") if isinstance(text, bytes) else text
        trigger = current.get()
        for part in line.splitlines():
            if not part.strip():
                continue
            if trigger is None:
                print(part, file=sys.__stderr__, flush=True)
            else:
                say({"id": trigger.id, "log": part})
        return len(text)

    def flush(self) -> None:
        pass


class PrintStream(io.TextIOBase):
    """print() of a trigger is a line of its log."""

    def write(self, text: str) -> int:
        trigger = current.get()
        if trigger is None:
            sys.__stderr__.write(text)
        else:
            # print() writes its words one by one.
            *lines, trigger.printed = (trigger.printed + text[:MAX_EVENT]).split("\n")
            for line in lines:
                trigger.note("info", line, logger="task.stdout")
        return len(text)


class Trigger:
    """One that runs."""

    def __init__(self, request: dict):
        self.request = request
        self.id: str = request["id"]
        self.stopped = False
        self.killed = False
        self.printed = ""
        self.task: asyncio.Task | None = None
        #: Asked for while this one was still ending.
        self.next: dict | None = None
        self._client = None

    @property
    def client(self):
        """Of the task API, for this task alone."""
        if self._client is None:
            from airflow.sdk.api.client import Client

            api = self.request["api"]
            self._client = Client(base_url=api["url"], token=api["token"])
        return self._client

    def note(self, level: str, event: str, **more) -> None:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + "Z"
        line = {"timestamp": at, "level": level, "event": event, **more}
        say({"id": self.id, "log": json.dumps({"logger": "triggers", **line}, default=str)})

    async def run(self) -> None:
        import greenback

        current.set(self)
        await greenback.ensure_portal()
        outcome: dict = {}
        instance = None
        try:
            instance = self._instance()
            self.note("info", "Waiting for a trigger", trigger=self.request["classpath"])
            outcome = await self._first(instance)
        except asyncio.CancelledError as error:
            if not self.stopped:
                # By what it waited for; a backend that hears nothing waits for ever.
                outcome = self._failed(error)
            elif self.killed and instance is not None:
                self.note("info", "The task was ended: on_kill of its trigger is called")
                await self._bounded(instance.on_kill(), "on_kill")
        except BaseException as error:
            outcome = self._failed(error)
        finally:
            if instance is not None:
                await self._bounded(instance.cleanup(), "cleanup")
            if self._client is not None:
                self._client.close()
        if outcome:
            say({"id": self.id, **outcome})

    def _failed(self, error: BaseException) -> dict:
        lines = traceback.format_exception(type(error), error, error.__traceback__)
        self.note("error", f"The trigger failed: {error!r}", error_detail="".join(lines))
        return {"failed": [line.rstrip("\n") for line in lines]}

    def _instance(self):
        from airflow.executors.workloads.task import TaskInstanceDTO
        from airflow.sdk._shared.module_loading import import_string
        from airflow.sdk.serde import deserialize

        task = self.request["task"]
        instance = import_string(self.request["classpath"])(**deserialize(self.request["kwargs"]))
        instance.trigger_id = self.id
        instance.task_instance = TaskInstanceDTO(
            id=task["attemptId"],
            dag_version_id=task["attemptId"],
            task_id=task["taskId"],
            dag_id=task["dagId"],
            run_id=task["runKey"],
            try_number=task["tryNumber"],
            map_index=task["mapIndex"],
            pool_slots=1,
            priority_weight=1,
            queue="default",
        )
        return instance

    async def _first(self, instance) -> dict:
        events = instance.run()
        try:
            async for event in events:
                return self._described(event)
        finally:
            aclose = getattr(events, "aclose", None)
            if aclose is not None:
                await self._bounded(aclose(), "its generator")
        raise RuntimeError("The trigger ended without an event")

    def _described(self, event) -> dict:
        from airflow.sdk.serde import serialize
        from airflow.triggers.base import BaseTaskEndEvent

        if isinstance(event, BaseTaskEndEvent):
            xcoms = event.xcoms or {}
            self._check_size(xcoms, "What the trigger hands on")
            for key in xcoms:
                if not isinstance(key, str) or not 0 < len(key) <= MAX_KEY or "\0" in key:
                    raise ValueError(
                        f"{str(key)[:100]!r} is no key of an XCom: "
                        f"1 to {MAX_KEY} characters without NUL"
                    )
            state = str(event.task_instance_state)
            if state not in ("success", "failed", "skipped"):
                raise ValueError(f"A trigger cannot end its task as {state!r}")
            return {"ended": {"state": state, "xcoms": xcoms}}
        payload = serialize(event.payload)
        self._check_size(payload, "The event of the trigger")
        self.note("info", "The trigger fired")
        return {"event": payload}

    def _check_size(self, value, what: str) -> None:
        # NaN and Infinity are no JSON.
        size = len(json.dumps(value, allow_nan=False))
        if size > MAX_EVENT:
            raise ValueError(
                f"{what} has {size} characters of JSON, and at most {MAX_EVENT} are handed on"
            )

    async def _bounded(self, work, what: str) -> None:
        try:
            await asyncio.wait_for(work, END_SECONDS)
        except TimeoutError:
            self.note("warning", f"{what} took longer than {END_SECONDS} s and was given up")
        except asyncio.CancelledError as error:
            if self.stopped:
                raise
            self.note("warning", f"{what} raised an exception: {error!r}")
        except Exception as error:
            self.note("warning", f"{what} raised an exception: {error!r}")


class Comms:
    """What the task SDK calls its supervisor: here the task API itself."""

    def send(self, msg):
        if asyncio._get_running_loop() is not None:
            import greenback

            return greenback.await_(self.asend(msg))
        return _ask(msg)

    async def asend(self, msg):
        return await asyncio.to_thread(_ask, msg)


def _ask(msg):
    from airflow.jobs.triggerer_job_runner import TriggerRunnerSupervisor
    from airflow.sdk.api.client import ServerResponseError
    from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
    from airflow.sdk.execution_time.comms import ErrorResponse

    trigger = current.get()
    if trigger is None:
        raise RuntimeError("Only a trigger can ask for connections, variables and XComs here")

    class Supervisor:
        client = trigger.client
        reply = None

        def send_msg(self, answer, request_id, error=None, **_):
            self.reply = answer

    supervisor = Supervisor()
    try:
        TriggerRunnerSupervisor._handle_request(supervisor, msg, _log, 0)
    except ServerResponseError as error:
        detail = {
            "status_code": error.response.status_code,
            "message": str(error),
            "detail": error.detail,
        }
        raise AirflowRuntimeError(
            ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail=detail)
        ) from error
    return supervisor.reply


_log = None


class Host:
    """The loop, and who watches it."""

    def __init__(self, memory: int, blocked_seconds: float):
        self.memory = memory
        self.blocked_seconds = blocked_seconds
        self.triggers: dict[str, Trigger] = {}
        self.beat = time.monotonic()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.main_thread = threading.get_ident()

    async def serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._watch, daemon=True).start()
        say({"ready": True})
        while True:
            self.beat = time.monotonic()
            await asyncio.sleep(0.2)

    def _read(self) -> None:
        for line in sys.stdin.buffer:
            self.loop.call_soon_threadsafe(self._take, json.loads(line))
        # The backend is gone, and with it who knows what runs here.
        os._exit(0)

    def _take(self, message: dict) -> None:
        if request := message.get("start"):
            running = self.triggers.get(request["id"])
            if running is None:
                self._begin(request)
            elif running.stopped:
                running.next = request
        elif trigger := self.triggers.get(message.get("stop", "")):
            trigger.next = None
            if trigger.stopped:
                # Once more would end its on_kill, or its cleanup.
                return
            trigger.stopped = True
            trigger.killed = bool(message.get("killed"))
            trigger.task.cancel()

    def _begin(self, request: dict) -> None:
        trigger = Trigger(request)
        self.triggers[trigger.id] = trigger

        def ended(_) -> None:
            self.triggers.pop(trigger.id, None)
            if trigger.next is not None:
                self._begin(trigger.next)

        trigger.task = asyncio.create_task(trigger.run(), name=trigger.id)
        trigger.task.add_done_callback(ended)

    def _watch(self) -> None:
        from maestro_airflow.environment import LOOK_EVERY, Environment

        told = None
        environment = Environment()
        looked = time.monotonic()
        while True:
            time.sleep(0.5)
            if time.monotonic() - looked >= LOOK_EVERY:
                looked = time.monotonic()
                if path := environment.changed(0):
                    say({"end": f"its Python environment changed ({path})"})
                    os._exit(3)
                environment.follow_modules()
            if resident_bytes() > self.memory:
                say({"end": f"it used more than {self.memory // 2**20} MiB of memory"})
                os._exit(3)
            beat = self.beat
            blocked = time.monotonic() - beat
            if blocked < TOLD_SECONDS or told == beat and blocked < self.blocked_seconds:
                continue
            told = beat
            frame = sys._current_frames().get(self.main_thread)
            task = asyncio.current_task(self.loop)
            where = "".join(traceback.format_stack(frame, limit=None)[-8:]) if frame else ""
            is_end = blocked >= self.blocked_seconds
            say(
                {
                    "blocked": {
                        "id": task.get_name() if task else None,
                        "seconds": round(blocked, 1),
                        "where": where,
                        "end": is_end,
                    }
                }
            )
            if is_end:
                os._exit(4)


def resident_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    global _out, _log
    # It ends with the backend, not with a key that is pressed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a trigger or a library writes to standard output is no answer.
    _out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    from maestro_airflow import airflow2, refusals

    airflow2.install()
    refusals.install()
    import structlog
    from airflow.jobs import triggerer_job_runner  # noqa: F401
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.log import configure_logging

    os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "client"
    configure_logging(json_output=True, output=LogStream())
    sys.stdout = PrintStream()
    _log = structlog.get_logger("triggers")
    task_runner.SUPERVISOR_COMMS = Comms()
    asyncio.run(Host(int(sys.argv[1]), float(sys.argv[2])).serve())


if __name__ == "__main__":
    main()
