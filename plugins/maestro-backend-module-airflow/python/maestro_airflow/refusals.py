"""What a policy refuses a task, said where it is missing: in the task.

The task SDK tells its task that access is denied, and drops what the server
said. Here the reason goes with it, which names the rule and what to do: as a
line of the task's log, also where the task catches the exception, and as the
text of that exception. Other refusals (runs of other DAGs, a variable that is
set) the SDK hands on with their reason.
"""

from __future__ import annotations

import functools
import logging
from http import HTTPStatus

log = logging.getLogger("airflow.task")


def install() -> None:
    """Once, in each process that asks the task API for a task."""
    from airflow.sdk.api import client
    from airflow.sdk.execution_time.secrets import execution_api

    for operations in (client.ConnectionOperations, client.VariableOperations):
        operations.get = _with_reason(operations.get)
    backend = execution_api.ExecutionAPISecretsBackend
    backend._raise_if_authz_denied = _saying(backend._raise_if_authz_denied)


class _Listening:
    """The client of one request; keeps why it was refused."""

    def __init__(self, client) -> None:
        self._client = client
        self.reason: str | None = None

    def get(self, *args, **kwargs):
        from airflow.sdk.api.client import ServerResponseError

        try:
            return self._client.get(*args, **kwargs)
        except ServerResponseError as error:
            detail = error.detail
            if error.response.status_code == HTTPStatus.FORBIDDEN and isinstance(detail, dict):
                self.reason = detail.get("message")
            raise


def _with_reason(get):
    @functools.wraps(get)
    def get_or_why(self, name):
        client = _Listening(self.client)
        answer = get(type(self)(client), name)
        if client.reason and isinstance(getattr(answer, "detail", None), dict):
            answer.detail["message"] = client.reason
        return answer

    return get_or_why


def _saying(raise_if_denied):
    @functools.wraps(raise_if_denied)
    def say_and_raise(self, msg, **what):
        from airflow.sdk.exceptions import ErrorType
        from airflow.sdk.execution_time.comms import ErrorResponse
        from airflow.sdk.execution_time.secrets.execution_api import (
            AirflowSecretsBackendAccessDenied,
        )

        if isinstance(msg, ErrorResponse) and msg.error == ErrorType.PERMISSION_DENIED:
            if reason := (msg.detail or {}).get("message"):
                log.error(reason)
                raise AirflowSecretsBackendAccessDenied(reason)
        raise_if_denied(self, msg, **what)

    return say_and_raise
