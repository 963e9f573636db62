"""From the landing zone to what features and labels may be made of."""

from __future__ import annotations

import pandas as pd

from . import schema

FASTEST_MPH = 720
"""Nothing that flew from New York in 2013 was faster over the ground."""


def _within(frame: pd.DataFrame, name: str) -> pd.Series:
    """Rows whose numbers are inside their limits or empty."""
    good = pd.Series(True, index=frame.index)
    for column in schema.TABLES[name]:
        if column.low is not None or column.high is not None:
            values = frame[column.name]
            good &= values.isna() | values.between(
                float("-inf") if column.low is None else column.low,
                float("inf") if column.high is None else column.high,
            )
    return good


def clean_flights(raw: pd.DataFrame) -> pd.DataFrame:
    """Each flight once, without rows that cannot be true."""
    frame = raw.drop_duplicates("flight_id")
    speed = frame["distance"] / (frame["air_time"] / 60)
    good = _within(frame, "flights") & (speed.isna() | (speed < FASTEST_MPH))
    return frame[good].reset_index(drop=True)


def clean_weather(raw: pd.DataFrame) -> pd.DataFrame:
    """Each hour of each airport once, without values beyond their limits."""
    frame = raw.drop_duplicates(["origin", "observed"])
    return frame[_within(frame, "weather")].reset_index(drop=True)
