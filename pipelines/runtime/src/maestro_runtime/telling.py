"""What a task tells people: alerts, reports, and that it skips itself."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from typing import Any, NoReturn

from . import task_api

SKIP_EXIT_CODE = 99
"""The exit code that marks a task as skipped, as in Airflow."""

SEVERITIES = ("info", "warning", "critical")


def alert(
    kind: str,
    severity: str,
    message: str,
    values: dict[str, Any] | None = None,
) -> None:
    """Raises an alert: shown on the run and delivered by the notifiers.

    ``kind`` is a short word such as ``drift``; ``severity`` is info, warning
    or critical; ``values`` are the numbers behind the message. It does not
    change the task's state. The log gets a line in any case.
    """
    if severity not in SEVERITIES:
        raise ValueError(
            f"Severity must be one of {', '.join(SEVERITIES)}, not {severity!r}"
        )
    task_api.check_name("Alert kind", kind)
    body = json.dumps(
        {
            "kind": kind,
            "severity": severity,
            "message": message,
            "values": values or {},
        },
        allow_nan=False,
        ensure_ascii=False,
    )
    details = json.dumps(values or {}, ensure_ascii=False)
    print(f"ALERT {severity} {kind}: {message} {details}", flush=True)
    if task_api.available():
        task_api.send(
            "POST", "/v1/alerts", body.encode(), "application/json"
        )


def report(
    name: str,
    content: str | bytes,
    content_type: str = "text/html",
    title: str | None = None,
) -> None:
    """Adds a report to the run, at most 10 MiB; the same name replaces it.

    ``content_type`` is text/html, text/markdown, text/csv, image/png,
    application/json or application/vnd.vegalite.v5+json. HTML is shown in a
    sandbox without network: pictures and styles belong inside it. Without a
    task API the report becomes a file in ``reports/`` beside the outputs.
    """
    task_api.check_name("Report name", name)
    body = content.encode() if isinstance(content, str) else content
    if task_api.available():
        task_api.send(
            "PUT",
            f"/v1/reports/{name}",
            body,
            content_type,
            {"title": title} if title else None,
        )
        print(f"REPORT {name}: {len(body):,} bytes {content_type}", flush=True)
        return
    path = _report_path(name, content_type)
    with open(path, "wb") as file:
        file.write(body)
    print(f"REPORT {name}: no task API, written to {path}", flush=True)


def skip(message: str) -> NoReturn:
    """Ends the task as skipped, with the reason in its log."""
    print(f"SKIPPED: {message}", flush=True)
    sys.exit(SKIP_EXIT_CODE)


_ENDINGS = {
    "text/html": ".html",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "image/png": ".png",
    "application/json": ".json",
    "application/vnd.vegalite.v5+json": ".vl.json",
}


def _report_path(name: str, content_type: str) -> str:
    output = os.environ.get("MAESTRO_OUTPUT")
    folder = os.path.join(
        os.path.dirname(os.path.abspath(output))
        if output
        else tempfile.mkdtemp(prefix="maestro-"),
        "reports",
    )
    os.makedirs(folder, exist_ok=True)
    ending = _ENDINGS.get(content_type.partition(";")[0].strip(), ".bin")
    return os.path.join(folder, name if name.endswith(ending) else name + ending)
