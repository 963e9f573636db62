"""Historical features from Feast, in pieces that fit in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from . import features, feed, files

if TYPE_CHECKING:
    from feast import FeatureStore

CHUNK_DAYS = 20


def join_features(
    store: FeatureStore, offline: files.Folder, table: pd.DataFrame
) -> pd.DataFrame:
    """The rows of ``table`` with the features known at each row's time.

    Feast's file store joins every asked row with every row of the same key
    before it looks at times. So each question is asked once, not once a
    flight, for some days at a time; features no row was found for are empty.
    """
    table = table.copy()
    stamp = table["event_timestamp"]
    # Weather is hourly and route statistics are daily: the last moment at which
    # they can have changed is as good as the departure itself.
    table["weather_at"] = stamp.dt.floor("h")
    weather = _ask(
        store,
        offline,
        table,
        ["origin", "hour"],
        "weather_at",
        [f"weather_by_origin_hour:{f}" for f in features.WEATHER_FEATURES],
    )
    # Statistics change at midnight in New York, 04:00 or 05:00 UTC.
    local_day = stamp.dt.tz_convert("America/New_York").dt.normalize()
    table["stats_at"] = local_day.dt.tz_convert("UTC")
    stats = _ask(
        store,
        offline,
        table,
        ["route", "carrier"],
        "stats_at",
        [f"route_carrier_stats:{f}" for f in features.ROUTE_FEATURES],
    )
    joined = table.merge(
        weather, on=["origin", "hour", "weather_at"], how="left"
    ).merge(stats, on=["route", "carrier", "stats_at"], how="left")
    return joined.drop(columns=["weather_at", "stats_at"])


def _ask(
    store: FeatureStore,
    offline: files.Folder,
    table: pd.DataFrame,
    keys: list[str],
    at: str,
    names: list[str],
) -> pd.DataFrame:
    asked = table[[*keys, at]].drop_duplicates()
    asked = asked.rename(columns={at: "event_timestamp"})
    pieces = []
    day = asked["event_timestamp"].dt.floor(f"{CHUNK_DAYS}D")
    # Otherwise the feed could replace a file between its parts.
    with feed.reading(offline):
        for _, piece in asked.groupby(day):
            job = store.get_historical_features(piece.reset_index(drop=True), names)
            pieces.append(job.to_df())
    found = pd.concat(pieces, ignore_index=True)
    return found.rename(columns={"event_timestamp": at})


