"""The HTTP task API: present when MAESTRO_TASK_API_URL is set."""

from __future__ import annotations

import os
import re
import time
import urllib.error
import urllib.request
from urllib.parse import quote, urlencode

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
MAX_BODY_BYTES = 10 * 1024 * 1024
_TIMEOUT_SECONDS = 30
# A scheduler that restarts is away for seconds, and that is no fault of the
# task: what it has to say waits.
_RETRY_SECONDS = 300
_LONGEST_PAUSE_SECONDS = 5


class TaskApiError(RuntimeError):
    """The task API refused a request or could not be reached."""


def available() -> bool:
    """Whether this task was given a task API."""
    return bool(os.environ.get("MAESTRO_TASK_API_URL"))


def check_name(kind: str, name: str) -> None:
    """Raises ``ValueError`` unless ``name`` fits in an address and a file."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ValueError(
            f"{kind} {name!r} must start with a letter or digit and have at"
            " most 128 letters, digits, '_', '.' or '-'"
        )


def send(
    method: str,
    path: str,
    body: bytes,
    content_type: str,
    query: dict[str, str] | None = None,
) -> None:
    """Sends one request; every path is idempotent or safe to repeat.

    An unreachable API and answers of 5xx and 429 are tried again for five
    minutes (``MAESTRO_TASK_API_RETRY_SECONDS``), so that a task outlives a
    restart of the scheduler. Raises ``TaskApiError`` with the API's own words.
    """
    if len(body) > MAX_BODY_BYTES:
        raise TaskApiError(
            f"{path} has {len(body):,} bytes; the task API takes at most"
            f" {MAX_BODY_BYTES:,}. Store it elsewhere and send its address."
        )
    base = os.environ["MAESTRO_TASK_API_URL"].rstrip("/")
    url = base + quote(path) + (f"?{urlencode(query)}" if query else "")
    headers = {"Content-Type": content_type}
    token = os.environ.get("MAESTRO_TASK_TOKEN")
    if token:
        headers["Authorization"] = f"Bearer {token}"
    # A proxy meant for the outside must not see a token made for this attempt.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    patience = os.environ.get("MAESTRO_TASK_API_RETRY_SECONDS")
    give_up = time.monotonic() + float(patience or _RETRY_SECONDS)
    pause = 0.25
    while True:
        request = urllib.request.Request(
            url, data=body, method=method, headers=headers
        )
        try:
            with opener.open(request, timeout=_TIMEOUT_SECONDS):
                return
        except urllib.error.HTTPError as error:
            text = error.read(2048).decode("utf-8", "replace").strip()
            problem = f"{error.code} {error.reason}: {text}"
            if error.code < 500 and error.code != 429:
                break
        except (urllib.error.URLError, OSError) as error:
            problem = f"not reachable: {getattr(error, 'reason', error)}"
        if time.monotonic() + pause > give_up:
            break
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
    raise TaskApiError(f"{method} {path} failed, {problem}")
