"""The rows of the feature views, computed from clean records."""

from __future__ import annotations

import pandas as pd

from .source import HOME, LATE_MINUTES

WEATHER_FEATURES = ["temp", "humid", "wind_speed", "precip", "pressure"]
ROUTE_FEATURES = ["flights_7d", "late_rate_7d", "arr_delay_7d", "gain_7d"]
TRAILING_DAYS = 7


def weather_by_origin_hour(weather: pd.DataFrame) -> pd.DataFrame:
    """The weather seen at an airport in an hour of the day (UTC).

    The hour is part of the key: a flight asks for the hour it departs in, so
    that a historical join meets one row a day and not one an hour.
    """
    frame = weather[["origin", "observed", *WEATHER_FEATURES]].copy()
    frame["hour"] = frame["observed"].dt.hour.astype("int64")
    frame = frame.rename(columns={"observed": "event_timestamp"})
    return frame[["origin", "hour", "event_timestamp", *WEATHER_FEATURES]]


def route_carrier_stats(flights: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """How a carrier did on a route in the last seven days, known at midnight.

    One row for each route, carrier and day (in New York) on which it had flown
    within the seven days before; its time is the end of that day, so that no
    flight sees its own outcome. gain_7d is the mean of arrival minus departure
    delay: the minutes lost on taxiways and in the air.
    """
    flown = flights[flights["arr_delay"].notna()]
    local = flown["landed"].dt.tz_convert(HOME)
    table = pd.DataFrame(
        {
            "route": flown["route"],
            "carrier": flown["carrier"],
            "day": local.dt.tz_localize(None).dt.normalize(),
            "late": (flown["arr_delay"] >= LATE_MINUTES).astype(float),
            "arr_delay": flown["arr_delay"],
            "gain": flown["arr_delay"] - flown["dep_delay"],
        }
    )
    keys = ["route", "carrier", "day"]
    daily = (
        table.groupby(keys, observed=True)
        .agg(
            n=("late", "size"),
            late=("late", "sum"),
            arr_delay=("arr_delay", "sum"),
            gain=("gain", "sum"),
        )
        .reset_index()
    )
    shifted = [
        daily.assign(day=daily["day"] + pd.Timedelta(days=lag))
        for lag in range(1, TRAILING_DAYS + 1)
    ]
    week = (
        pd.concat(shifted)
        .groupby(keys)[["n", "late", "arr_delay", "gain"]]
        .sum()
        .reset_index()
    )
    end = week["day"].dt.tz_localize(
        HOME, ambiguous=True, nonexistent="shift_forward"
    )
    frame = pd.DataFrame(
        {
            "route": week["route"],
            "carrier": week["carrier"],
            "event_timestamp": end.dt.tz_convert("UTC"),
            "flights_7d": week["n"].astype("int64"),
            "late_rate_7d": week["late"] / week["n"],
            "arr_delay_7d": week["arr_delay"] / week["n"],
            "gain_7d": week["gain"] / week["n"],
        }
    )
    frame = frame[frame["event_timestamp"] <= now]
    return frame.sort_values(
        ["event_timestamp", "route", "carrier"], ignore_index=True
    )
