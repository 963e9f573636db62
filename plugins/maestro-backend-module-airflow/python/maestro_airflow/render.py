"""A long-lived process that renders templates of tasks which no Python runs.

Requests are JSON lines on stdin, replies JSON lines on stdout:

    {"id": 1, "env": {…the environment of the attempt…}, "texts": ["{{ ds }}"],
     "fields": {"arguments": ["{{ ds }}"]}}
        -> {"id": 1, "texts": ["2025-01-01"]}, {"id": 1, "failed": "why"},
           {"id": 1, "later": "why"} when the task API did not answer, or
           {"id": 1, "changed": "/venv/…/a.py"} when the environment is not the
           one that is imported: it wants to be started anew

Airflow's own Jinja and context, with the token of the attempt: what a template
asks for comes from the task API, which hides what is secret before it hands it
out. `fields` are told there as what was rendered. Nothing of a DAG file is run;
Jinja is sandboxed. A request has a limit of computing time, the process one of
memory; how long the task API takes is not the template's doing.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys

# Before Airflow: what it prints must not get among the replies.
_REPLIES = os.fdopen(os.dup(1), "w", encoding="utf-8", closefd=True)
os.dup2(2, 1)

#: A template that computes for longer is ended, in seconds.
RENDER_SECONDS = 2
#: How long one answer of the task API is waited for, in seconds.
API_SECONDS = 10
#: A connection is not used again after so long, in seconds: less than the task
#: API keeps it (5), which would close it under a request.
KEEPALIVE_SECONDS = 2
#: Longest reason of a failure, in characters; the backend shows less of it.
MAX_MESSAGE = 100_000
#: More than Airflow itself takes, in bytes.
MEMORY = 512 * 1024 * 1024
#: Without a request for so long it ends, in seconds: it holds some 150 MB.
IDLE_SECONDS = 600


def reply(message: dict) -> None:
    _REPLIES.write(json.dumps(message) + "\n")
    _REPLIES.flush()


class ApiAway(Exception):
    """The task API gave no answer, or one that is about itself."""


def _client_class():
    import httpx

    from airflow.sdk.execution_time.supervisor import InProcessTestSupervisor

    # One that does not try for a quarter of an hour.
    class Client(InProcessTestSupervisor._Client):
        #: The SDK takes an API that is away for a variable that is not there.
        troubles: list[Exception]

        def request(self, *args, **kwargs):
            try:
                return super().request(*args, **kwargs)
            except httpx.RequestError as error:
                self.troubles.append(error)
                raise
            except httpx.HTTPStatusError as error:
                if error.response.status_code >= 500:
                    self.troubles.append(error)
                raise

    return Client


class Renderer:
    """Renders with the means of Airflow's task SDK, which it imports once."""

    #: Made once: its TLS and its connection cost more than a template.
    _client = None

    def _client_of(self, env: dict):
        """The client of the task API, with the token of this attempt alone."""
        import httpx

        from airflow.sdk.api.client import BearerAuth

        url = env["MAESTRO_TASK_API_URL"] + "/execution/"
        token = env["MAESTRO_TASK_TOKEN"]
        if self._client is None:
            self._client = _client_class()(
                base_url=url,
                token=token,
                timeout=API_SECONDS,
                limits=httpx.Limits(keepalive_expiry=KEEPALIVE_SECONDS),
            )
        self._client.base_url = url
        self._client.auth = BearerAuth(token)
        self._client.troubles = []
        return self._client

    def render(self, env: dict, texts: list[str], fields: dict) -> list[str]:
        import uuid
        from datetime import datetime, timezone

        import psutil
        import structlog

        from airflow.sdk import DAG, BaseOperator
        from airflow.sdk._shared.secrets_masker import redact
        from airflow.sdk.api.datamodels._generated import TaskInstance
        from airflow.sdk.execution_time.supervisor import (
            InProcessSupervisorComms,
            InProcessTestSupervisor,
            set_supervisor_comms,
        )
        from airflow.sdk.execution_time.task_runner import (
            RuntimeTaskInstance,
            _serialize_template_field,
        )

        client = self._client_of(env)
        troubles = client.troubles
        try:
            attempt = uuid.UUID(env["MAESTRO_ATTEMPT_ID"])
            what = TaskInstance(
                id=attempt,
                dag_version_id=attempt,
                task_id=env["MAESTRO_TASK_ID"],
                dag_id=env["MAESTRO_AIRFLOW_DAG_ID"],
                run_id=env["MAESTRO_RUN_KEY"],
                try_number=int(env["MAESTRO_TRY_NUMBER"]),
                map_index=int(env["MAESTRO_MAP_INDEX"]),
            )
            with DAG(what.dag_id, schedule=None):
                task = BaseOperator(task_id=what.task_id.rsplit(".", 1)[-1])
            task.__dict__["task_id"] = what.task_id
            supervisor = InProcessTestSupervisor(
                id=attempt,
                pid=os.getpid(),
                process=psutil.Process(),
                process_log=structlog.get_logger(logger_name="render"),
                client=client,
            )
            supervisor.comms = InProcessSupervisorComms(supervisor=supervisor)
            with set_supervisor_comms(supervisor.comms):
                now = datetime.now(tz=timezone.utc)
                known = client.task_instances.start(attempt, os.getpid(), now)
                ti = RuntimeTaskInstance.model_construct(
                    **what.model_dump(exclude_unset=True),
                    task=task,
                    _ti_context_from_server=known,
                    max_tries=known.max_tries,
                    start_date=now,
                )
                context = ti.get_template_context()
                environment = task.get_template_env()
                # The same text is the same everywhere, also where it is a clock's.
                done = {
                    text: task.render_template(text, context, environment)
                    for text in dict.fromkeys(texts)
                }
                # As a task does before it tells them: by names such as DB_PASSWORD.
                told = {
                    name: redact(_serialize_template_field(_filled(value, done), name), name)
                    for name, value in fields.items()
                }
                client.task_instances.set_rtif(attempt, told)
            if troubles:
                raise troubles[0]
            return [done[text] for text in texts]
        except Exception as error:
            # Nobody knows what of it was in the middle of something.
            self._client = None
            client.close()
            if troubles:
                raise ApiAway(f"{type(troubles[0]).__name__}: {troubles[0]}") from error
            raise


def _filled(value, done: dict[str, str]):
    if isinstance(value, str):
        return done.get(value, value)
    if isinstance(value, dict):
        return {name: _filled(part, done) for name, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, done) for part in value]
    return value


def _too_long(*_) -> None:
    raise TimeoutError(f"it takes longer than {RENDER_SECONDS} s")


def main() -> None:
    import airflow.sdk.execution_time.supervisor  # noqa: F401
    import airflow.sdk.execution_time.task_runner  # noqa: F401

    from maestro_airflow import refusals
    from maestro_airflow.environment import Environment

    refusals.install()
    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    signal.signal(signal.SIGVTALRM, _too_long)
    renderer = Renderer()
    environment = Environment()
    reply({"ready": True})
    buffered = b""
    while True:
        line, end, buffered = buffered.partition(b"\n")
        if end:
            request = json.loads(line)
            if path := environment.changed():
                reply({"id": request["id"], "changed": path})
                return
            answer = _answer(renderer, request)
            # Before it is told: what is edited then is another file than was imported.
            environment.follow_modules()
            reply(answer)
            continue
        buffered = line
        if not select.select([0], [], [], IDLE_SECONDS)[0]:
            return
        piece = os.read(0, 1 << 20)
        if not piece:
            return
        buffered += piece


def _answer(renderer: Renderer, request: dict) -> dict:
    answer: dict = {"id": request["id"]}
    signal.setitimer(signal.ITIMER_VIRTUAL, RENDER_SECONDS)
    try:
        answer["texts"] = renderer.render(request["env"], request["texts"], request["fields"])
    except ApiAway as error:
        answer["later"] = str(error)[:500]
    except Exception as error:
        said = str(error).strip() or "it does not say why"
        # Secrets in it are hidden by the backend, which cannot find half of one.
        answer["failed"] = f"{type(error).__name__}: {said}"[:MAX_MESSAGE]
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return answer


if __name__ == "__main__":
    main()
