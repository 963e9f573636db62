"""What the landing zone promises: columns, types, and what they may hold."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Column:
    """One column. ``low`` and ``high`` are inclusive; None means no limit.

    ``missing`` is the share of rows that may be empty: cancelled flights have
    no departure, and some stations leave out the pressure.
    """

    name: str
    kind: str
    missing: float = 0.0
    low: float | None = None
    high: float | None = None


FLIGHTS = (
    Column("flight_id", "text"),
    Column("carrier", "text"),
    Column("flight", "number", low=1, high=9999),
    Column("tailnum", "text", missing=0.04),
    Column("origin", "text"),
    Column("dest", "text"),
    Column("route", "text"),
    Column("distance", "number", low=1, high=6000),
    Column("scheduled", "time"),
    Column("departed", "time", missing=0.15),
    Column("landed", "time", missing=0.15),
    Column("dep_delay", "number", missing=0.15, low=-60, high=1500),
    Column("arr_delay", "number", missing=0.15, low=-120, high=1500),
    Column("air_time", "number", missing=0.15, low=1, high=900),
    Column("hour", "number", low=0, high=23),
    Column("weekday", "number", low=0, high=6),
    Column("month", "number", low=1, high=12),
)

WEATHER = (
    Column("origin", "text"),
    Column("observed", "time"),
    Column("temp", "number", missing=0.02, low=-40, high=120),
    Column("dewp", "number", missing=0.02, low=-60, high=95),
    Column("humid", "number", missing=0.02, low=0, high=100),
    Column("wind_dir", "number", missing=0.15, low=0, high=360),
    Column("wind_speed", "number", missing=0.02, low=0, high=150),
    Column("precip", "number", missing=0.02, low=0, high=6),
    Column("pressure", "number", missing=0.5, low=900, high=1100),
    Column("visib", "number", missing=0.02, low=0, high=20),
)

TABLES = {"flights": FLIGHTS, "weather": WEATHER}
KEYS = {"flights": ["flight_id"], "weather": ["origin", "observed"]}


def violations(
    name: str, frame: pd.DataFrame, columns: tuple[Column, ...] | None = None
) -> list[str]:
    """What is wrong with the shape of the table ``name``; empty when nothing is."""
    found = []
    if len(frame) == 0:
        found.append(f"{name} is empty")
    for column in columns or TABLES[name]:
        if column.name not in frame.columns:
            found.append(
                f"{name}.{column.name} is missing; there are"
                f" {', '.join(map(str, frame.columns))}"
            )
        elif len(frame) and not _fits(frame[column.name], column.kind):
            found.append(
                f"{name}.{column.name} must hold {column.kind}s, not"
                f" {frame[column.name].dtype}"
            )
    return found


def _fits(values: pd.Series, kind: str) -> bool:
    kinds = pd.api.types
    if kind == "time":
        return isinstance(values.dtype, pd.DatetimeTZDtype)
    if kind == "number":
        return kinds.is_numeric_dtype(values) and not kinds.is_bool_dtype(values)
    if kinds.is_string_dtype(values):
        return True
    present = values.dropna()
    return kinds.is_object_dtype(values) and bool(
        present.map(lambda v: isinstance(v, str)).all()
    )
