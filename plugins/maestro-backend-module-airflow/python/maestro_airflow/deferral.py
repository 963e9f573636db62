"""Which deferred tasks wait in their own process.

A task that defers itself ends, and its trigger runs in the process that runs
those of all tasks (triggers.py). That one knows installed packages and plugins,
as Airflow's triggerer does. A trigger that the folder of the DAG itself defines
is pinned with the run like every other file of it: there is no other process in
which that version of it could be imported, so it runs where the task was. It
costs a process and a slot for as long as it waits.
"""

from __future__ import annotations

import asyncio
import functools
import os
import sys
import traceback


def install() -> None:
    """Once, in the process that imports Airflow."""
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.comms import DeferTask

    once = task_runner._run_task_and_map_outcome

    @functools.wraps(once)
    def run(ti, context, log):
        while True:
            state, message, error = once(ti, context, log)
            if not isinstance(message, DeferTask) or not _is_of_folder(message.classpath):
                return state, message, error
            server = ti._ti_context_from_server
            server.next_method, server.next_kwargs = _wait(message, log)
            # What it has handed on before it waited stays.
            server.xcom_keys_to_clear = []

    task_runner._run_task_and_map_outcome = run


def _is_of_folder(classpath: str) -> bool:
    """Whether its code is among the files that were pinned with the DAG."""
    module = sys.modules.get(classpath.rpartition(".")[0])
    path = getattr(module, "__file__", None)
    if path is None:
        return False
    folder = os.path.realpath(os.environ["MAESTRO_SOURCE"])
    return os.path.commonpath([folder, os.path.realpath(path)]) == folder


def _wait(message, log) -> tuple[str, dict]:
    """How the task goes on: a method, and its arguments as they are sent."""
    from airflow.sdk._shared.module_loading import import_string
    from airflow.sdk.serde import deserialize, serialize

    kwargs = deserialize(message.next_kwargs or {})
    try:
        trigger = import_string(message.classpath)(**deserialize(message.trigger_kwargs))
        timeout = message.trigger_timeout and message.trigger_timeout.total_seconds()
        log.info("Waiting for a trigger", trigger=message.classpath, timeout=timeout)
        event = asyncio.run(_first_event(trigger, timeout))
    except asyncio.TimeoutError:
        return _failure(kwargs, "Trigger timeout")
    except Exception:
        log.exception("The trigger failed", trigger=message.classpath)
        return _failure(kwargs, "Trigger failure", traceback.format_exc().splitlines())
    return message.next_method, serialize({**kwargs, "event": event.payload})


async def _first_event(trigger, timeout: float | None):
    events = trigger.run()
    try:
        return await asyncio.wait_for(anext(events), timeout)
    except StopAsyncIteration:
        raise RuntimeError("it ended without an event") from None
    finally:
        await events.aclose()
        await trigger.cleanup()


def _failure(kwargs: dict, error: str, lines: list[str] | None = None) -> tuple[str, dict]:
    from airflow.sdk.serde import serialize

    more = {"error": error} if lines is None else {"error": error, "traceback": lines}
    # Airflow's name for a method that only fails.
    return "__fail__", serialize({**kwargs, **more})
