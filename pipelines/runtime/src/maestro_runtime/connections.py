"""Connections and variables, as Maestro and Airflow hand them to a task."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from .context import MissingContext

_ABSENT = object()


@dataclass(frozen=True)
class Connection:
    """How to reach one service. Absent fields are None, ``extra`` is {}."""

    id: str
    conn_type: str = ""
    host: str | None = None
    port: int | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    schema: str | None = None
    extra: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        """``scheme://host:port`` without login and password.

        The scheme is the one written in the host, else ``schema`` where that
        is http or https, else the connection's type. A default port (80 of
        http, 443 of https) is left out. Raises ``MissingContext`` when the
        connection has no host.
        """
        if not self.host:
            raise MissingContext(
                f"Connection {self.id} has no host: set one, for example"
                " 127.0.0.1 or mlflow-service.mlflow.svc.cluster.local"
            )
        scheme, separator, rest = self.host.partition("://")
        if not separator:
            scheme, rest = self.conn_type or "http", self.host
            if self.schema in ("http", "https"):
                scheme = self.schema
        rest = rest.rstrip("/")
        if ":" in rest and not rest.startswith("[") and rest.count(":") > 1:
            rest = f"[{rest}]"  # an IPv6 address
        port = self.port
        if port is None or {"http": 80, "https": 443}.get(scheme) == port:
            return f"{scheme}://{rest}"
        return f"{scheme}://{rest}:{port}"


def connection(conn_id: str) -> Connection:
    """The connection ``conn_id``, which the task must name in ``connections:``.

    Raises ``MissingContext`` when the task was not given it, and
    ``ValueError`` when its text cannot be read.
    """
    name = conn_id.upper()
    text = os.environ.get(f"MAESTRO_CONN_{name}") or os.environ.get(
        f"AIRFLOW_CONN_{name}"
    )
    if not text:
        raise MissingContext(
            f"Connection {conn_id} was not given to this task: create it and"
            f" name it in the task's `connections: [{conn_id}]`"
        )
    fields = _from_json(conn_id, text) if text[0] == "{" else _from_uri(text)
    return Connection(id=conn_id, **fields)


def variable(key: str, default: Any = _ABSENT) -> str:
    """The text of the variable ``key``, exactly as stored.

    Without a default a variable the task was not given raises
    ``MissingContext``; it must be named in the task's ``variables:``.
    """
    name = key.upper()
    for prefix in ("MAESTRO_VAR_", "AIRFLOW_VAR_"):
        if prefix + name in os.environ:
            return os.environ[prefix + name]
    if default is _ABSENT:
        raise MissingContext(
            f"Variable {key} was not given to this task: set it and name it"
            f" in the task's `variables: [{key}]`"
        )
    return default


def _from_json(conn_id: str, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        # The text may hold a password: only the place is told.
        raise ValueError(f"Connection {conn_id} is not JSON: {error}") from None
    extra = value.get("extra") or {}
    if isinstance(extra, str):  # Airflow stores it as text
        extra = json.loads(extra)
    return {
        "conn_type": value.get("conn_type") or "",
        "host": value.get("host") or None,
        "port": int(value["port"]) if value.get("port") is not None else None,
        "login": value.get("login"),
        "password": value.get("password"),
        "schema": value.get("schema"),
        "extra": extra,
    }


def _from_uri(text: str) -> dict[str, Any]:
    parts = urlsplit(text)
    extra = dict(parse_qsl(parts.query, keep_blank_values=True))
    if "__extra__" in extra:
        extra = json.loads(extra["__extra__"])
    return {
        "conn_type": parts.scheme,
        "host": unquote(parts.hostname) if parts.hostname else None,
        "port": parts.port,
        "login": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "schema": unquote(parts.path.lstrip("/")) or None,
        "extra": extra,
    }
