"""What run, task and try this process belongs to."""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from typing import Any


class MissingContext(LookupError):
    """Something the task asked for is not in its environment."""


def params() -> dict[str, Any]:
    """The run's parameters, with the defaults of the pipeline filled in.

    Empty when the task is started by hand. Raises ``ValueError`` when
    ``MAESTRO_PARAMS`` is not a JSON object.
    """
    text = os.environ.get("MAESTRO_PARAMS") or "{}"
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ValueError(f"MAESTRO_PARAMS is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ValueError(
            f"MAESTRO_PARAMS must be a JSON object, not {type(value).__name__}"
        )
    return value


def parse_time(name: str) -> datetime | None:
    """The time in the environment variable ``name`` as UTC; None when absent."""
    text = os.environ.get(name)
    if not text:
        return None
    try:
        value = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise ValueError(
            f"{name} must be an ISO 8601 time such as 2026-01-01T00:00:00Z,"
            f" not {text!r}"
        ) from error
    if value.tzinfo is None:
        return value.replace(tzinfo=timezone.utc)
    return value.astimezone(timezone.utc)


class RunContext:
    """The identity of this run, read from the environment when asked for."""

    @property
    def pipeline(self) -> str | None:
        """Name of the pipeline."""
        return os.environ.get("MAESTRO_PIPELINE")

    @property
    def run_id(self) -> str | None:
        """Id of the run, unique over all pipelines."""
        return os.environ.get("MAESTRO_RUN_ID")

    @property
    def run_key(self) -> str | None:
        """Key of the run within its pipeline, for example its due time."""
        return os.environ.get("MAESTRO_RUN_KEY")

    @property
    def task_id(self) -> str | None:
        """Id of the task in the pipeline."""
        return os.environ.get("MAESTRO_TASK_ID")

    @property
    def attempt_id(self) -> str | None:
        """Id of this one launch."""
        return os.environ.get("MAESTRO_ATTEMPT_ID")

    @property
    def map_index(self) -> int:
        """Index of a mapped task; -1 for a plain one."""
        return int(os.environ.get("MAESTRO_MAP_INDEX") or -1)

    @property
    def map_item(self) -> Any:
        """The item of this instance of a mapped task; None for a plain one."""
        return json.loads(os.environ.get("MAESTRO_MAP_ITEM") or "null")

    @property
    def try_number(self) -> int:
        """1 for the first try, 2 for the first retry."""
        return int(os.environ.get("MAESTRO_TRY_NUMBER") or 1)

    @property
    def trigger(self) -> str:
        """scheduled, manual, backfill, asset or api; manual when by hand."""
        return os.environ.get("MAESTRO_TRIGGER") or "manual"

    @property
    def logical_date(self) -> datetime | None:
        """The run's logical date in UTC; None when the run has none."""
        return parse_time("MAESTRO_LOGICAL_DATE")

    @property
    def data_interval_start(self) -> datetime | None:
        """Start of the data interval in UTC; None when the run has none."""
        return parse_time("MAESTRO_DATA_INTERVAL_START")

    @property
    def data_interval_end(self) -> datetime | None:
        """End of the data interval in UTC; None when the run has none."""
        return parse_time("MAESTRO_DATA_INTERVAL_END")

    @property
    def run_after(self) -> datetime | None:
        """The moment from which the run was allowed to start, in UTC."""
        return parse_time("MAESTRO_RUN_AFTER")

    def __repr__(self) -> str:
        return (
            f"RunContext(pipeline={self.pipeline!r}, run_id={self.run_id!r},"
            f" task_id={self.task_id!r}, try_number={self.try_number})"
        )


run = RunContext()
"""The run this process belongs to."""
