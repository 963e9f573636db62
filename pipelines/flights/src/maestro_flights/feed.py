"""Keeps the data of an offline store up to the present hour.

In production something else would deliver these files; here they are made, in
the same shape, from the records of 2013::

    <store>/landing/flights.parquet, weather.parquet   30 days, as delivered
    <store>/flights.parquet                            123 days, clean
    <store>/weather_by_origin_hour.parquet             rows of a feature view
    <store>/route_carrier_stats.parquet                rows of a feature view
    <store>/feed.json                                  up to when, which defects
"""

from __future__ import annotations

import contextlib
from datetime import datetime, timezone
from typing import Any, Iterator

import pandas as pd

from . import cleaning, defects, features, files, source

LANDING_DAYS = 30
HISTORY_DAYS = 123
"""60 days to train on, 60 to test on, and what their feature rows need."""

TABLES = (
    "landing/flights.parquet",
    "landing/weather.parquet",
    "flights.parquet",
    "weather_by_origin_hour.parquet",
    "route_carrier_stats.parquet",
)
# Part of feed.json: files made by other rules are made again.
VERSION = 2


@contextlib.contextmanager
def reading(store: files.Folder) -> Iterator[None]:
    """While it is held no file of the store is replaced."""
    with files.locked(store / ".lock", shared=True):
        yield


def ensure(
    store: files.Folder, now: datetime, with_defects: bool = True
) -> dict[str, Any]:
    """Makes the files of ``store`` unless they are of this hour; returns feed.json.

    Safe at any time and from any number of processes: files are replaced
    whole, and only while nobody is ``reading``. A store that already holds a
    later hour is left alone.
    """
    hour = now.astimezone(timezone.utc).replace(minute=0, second=0, microsecond=0)
    with files.locked(store / ".making"):
        known = _current(store, hour, with_defects)
        if known:
            return known
        tables, seeded = make(hour, with_defects)
        feed = {
            "version": VERSION,
            "upto": hour.isoformat(),
            "with_defects": with_defects,
            "defects": seeded,
            "rows": {name: len(frame) for name, frame in tables.items()},
        }
        with files.locked(store / ".lock"):
            for name, frame in tables.items():
                files.write_parquet(store / name, frame)
            # Last: a maker that dies before this line has made nothing.
            files.write_json(store / "feed.json", feed)
    return feed


def _current(
    store: files.Folder, hour: datetime, with_defects: bool
) -> dict[str, Any] | None:
    known = files.read_json(store / "feed.json")
    if (
        known
        and known.get("version") == VERSION
        and known.get("with_defects") == with_defects
        and datetime.fromisoformat(known["upto"]) >= hour
        and all((store / name).exists() for name in TABLES)
    ):
        return known
    return None


def make(
    now: datetime, with_defects: bool
) -> tuple[dict[str, pd.DataFrame], list[dict[str, Any]]]:
    """All tables as they are at ``now``, and the defects in them."""
    days = source.days_until(now, HISTORY_DAYS)
    flights = source.flights(days, now)
    weather = source.weather(days, now)
    first = pd.Timestamp(now) - pd.Timedelta(days=LANDING_DAYS)
    old_flights = flights[flights["scheduled"] < first]
    old_weather = weather[weather["observed"] < first]
    new_flights = flights[flights["scheduled"] >= first]
    new_weather = weather[weather["observed"] >= first]
    seeded: list[dict[str, Any]] = []
    if with_defects:
        new_flights, some = defects.spoil_flights(new_flights, now)
        new_weather, others = defects.spoil_weather(new_weather, now)
        seeded = [*some, *others]
    clean_flights = cleaning.clean_flights(
        pd.concat([old_flights, new_flights], ignore_index=True)
    )
    clean_weather = cleaning.clean_weather(
        pd.concat([old_weather, new_weather], ignore_index=True)
    )
    tables = {
        "landing/flights.parquet": new_flights,
        "landing/weather.parquet": new_weather,
        "flights.parquet": clean_flights,
        "weather_by_origin_hour.parquet": features.weather_by_origin_hour(
            clean_weather
        ),
        "route_carrier_stats.parquet": features.route_carrier_stats(
            clean_flights, pd.Timestamp(now)
        ),
    }
    return tables, seeded


def read(store: files.Folder, name: str) -> pd.DataFrame:
    """One table of the store, by its path without ``.parquet``."""
    with reading(store):
        return files.read_parquet(store / f"{name}.parquet")
