"""Quality of a table: pure functions of its rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
from maestro_flights import schema

DUPLICATE_SHARE = 0.001
FRESH_HOURS = {"flights": 12, "weather": 3}
TIME = {"flights": "landed", "weather": "observed"}
MAINTAINED = {"weather": "origin"}


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be. Shares are of the table's rows."""

    check: str
    table: str
    column: str
    found: float
    allowed: float
    unit: str

    def __str__(self) -> str:
        shown = {
            "share": (f"{self.found:.2%}", f"{self.allowed:.2%}"),
            "rows": (f"{self.found:.0f} rows", f"{self.allowed:.0f}"),
            "hours": (f"{self.found:.1f} hours", f"{self.allowed:.0f}"),
        }[self.unit]
        return f"{self.table}.{self.column}: {shown[0]}, allowed {shown[1]}"

    def as_json(self) -> dict[str, Any]:
        """The finding as plain values, numbers rounded."""
        return {**asdict(self), "found": round(self.found, 5)}


def missing(table: str, rows: pd.DataFrame) -> list[Finding]:
    """Columns with more empty values than their schema allows."""
    shares = rows.isna().mean()
    return [
        Finding("missing", table, c.name, float(shares[c.name]), c.missing, "share")
        for c in schema.TABLES[table]
        if shares[c.name] > c.missing
    ]


def duplicates(table: str, rows: pd.DataFrame) -> list[Finding]:
    """More rows with a key that was there before than is tolerated."""
    keys = schema.KEYS[table]
    share = float(rows.duplicated(keys).mean())
    if not share > DUPLICATE_SHARE:  # also when there are no rows
        return []
    return [
        Finding(
            "duplicates", table, "+".join(keys), share, DUPLICATE_SHARE, "share"
        )
    ]


def ranges(table: str, rows: pd.DataFrame) -> list[Finding]:
    """Columns with values beyond what is possible."""
    found = []
    for column in schema.TABLES[table]:
        values = rows[column.name]
        beyond = pd.Series(False, index=rows.index)
        if column.low is not None:
            beyond |= values < column.low
        if column.high is not None:
            beyond |= values > column.high
        if beyond.any():
            count = float(beyond.sum())
            found.append(
                Finding("out_of_range", table, column.name, count, 0, "rows")
            )
    return found


def freshness(table: str, rows: pd.DataFrame, now: pd.Timestamp) -> list[Finding]:
    """A table, or one of its stations, whose newest row is too old at ``now``."""
    allowed, time = FRESH_HOURS[table], TIME[table]
    station = MAINTAINED.get(table)
    newest = (
        rows.groupby(station)[time].max().to_dict()
        if station
        else {time: rows[time].max()}
    )
    found = []
    for name, last in sorted(newest.items()):
        hours = (now - last).total_seconds() / 3600
        if not hours <= allowed:
            found.append(Finding("stale", table, name, hours, allowed, "hours"))
    return found


def examine(table: str, rows: pd.DataFrame, now: pd.Timestamp) -> list[Finding]:
    """All findings of one table."""
    return [
        *missing(table, rows),
        *duplicates(table, rows),
        *ranges(table, rows),
        *freshness(table, rows, now),
    ]
