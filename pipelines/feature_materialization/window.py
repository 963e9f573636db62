"""How far back features are materialized."""

from __future__ import annotations

from maestro_flights.feed import HISTORY_DAYS
from maestro_runtime import variable


def days_to_materialize() -> int:
    """The variable ``feature_materialization_days`` as a number of days."""
    return number_of_days(variable("feature_materialization_days"))


def number_of_days(value: str) -> int:
    """That variable's text as a number.

    Raises ``ValueError`` unless it is a whole number from 1 to what the feed
    keeps.
    """
    text = value.strip()
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= HISTORY_DAYS:
        raise ValueError(
            "The variable feature_materialization_days must be a whole number"
            f" from 1 to {HISTORY_DAYS}, not {text!r}"
        )
    return int(text)
