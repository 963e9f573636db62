"""Defects put into the landing zone on purpose, for the checks to find.

Whether a record is touched depends on its own key only, so the same data
always has the same defects, whenever and however often it is made.
"""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

DUPLICATE_RATE = 0.012
MISSING_RATE = 0.05
RANGE_RATE = {"flights": 0.003, "weather": 0.008}
ANOMALY_RATE = 0.22
STALE_HOURS = 6
STALE_ORIGIN = "LGA"
DRIFT_DAYS = 7
ANOMALY_HOURS = 24
KM_PER_MILE = 1.609344


def _chance(keys: pd.Series, purpose: str) -> np.ndarray:
    """A number in [0, 1) for each key, independent for each purpose."""
    hashed = pd.util.hash_array(
        keys.astype(str).to_numpy(dtype=object), hash_key="maestro-flights!"
    )
    mixed = hashed ^ np.uint64(zlib.crc32(purpose.encode()) * 0x9E3779B1)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return (mixed >> np.uint64(11)).astype(float) / 2.0**53


def spoil_flights(
    frame: pd.DataFrame, now: datetime
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """The flights with defects, and the list of what was done."""
    frame = frame.copy()
    key = frame["flight_id"]
    seeded = []

    missing = _chance(key, "missing") < MISSING_RATE
    frame.loc[missing, "tailnum"] = None
    seeded.append(_note("missing", "flights", "tailnum", missing.sum()))

    recent = frame["landed"] > pd.Timestamp(now) - pd.Timedelta(
        hours=ANOMALY_HOURS
    )
    odd = recent.to_numpy() & (_chance(key, "anomaly") < ANOMALY_RATE)
    frame.loc[odd, "air_time"] = (frame.loc[odd, "air_time"] / 4).round()
    seeded.append(_note("anomaly", "flights", "air_time", odd.sum()))

    beyond = _chance(key, "range") < RANGE_RATE["flights"]
    frame.loc[beyond, "distance"] = -frame.loc[beyond, "distance"]
    seeded.append(_note("out_of_range", "flights", "distance", beyond.sum()))

    twice = _chance(key, "duplicate") < DUPLICATE_RATE
    seeded.append(_note("duplicates", "flights", "flight_id", twice.sum()))
    frame = pd.concat([frame, frame[twice]], ignore_index=True)
    frame = frame.sort_values("scheduled", kind="stable", ignore_index=True)
    return frame, seeded


def spoil_weather(
    frame: pd.DataFrame, now: datetime
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """The weather with defects, and the list of what was done."""
    frame = frame.copy()
    moment = pd.Timestamp(now)
    key = frame["origin"] + frame["observed"].astype(str)
    seeded = []

    beyond = _chance(key, "range") < RANGE_RATE["weather"]
    # The data of 2013 really had such a wind until somebody corrected it.
    frame.loc[beyond, "wind_speed"] = 1048.36
    frame.loc[beyond, "humid"] = 250.0
    seeded.append(_note("out_of_range", "weather", "wind_speed", beyond.sum()))
    seeded.append(_note("out_of_range", "weather", "humid", beyond.sum()))

    metric = frame["observed"] > moment - pd.Timedelta(days=DRIFT_DAYS)
    frame.loc[metric, "visib"] *= KM_PER_MILE
    seeded.append(_note("drift", "weather", "visib", metric.sum()))

    silent = (frame["origin"] == STALE_ORIGIN) & (
        frame["observed"] > moment - pd.Timedelta(hours=STALE_HOURS)
    )
    seeded.append(_note("stale", "weather", STALE_ORIGIN, silent.sum()))
    return frame[~silent].reset_index(drop=True), seeded


def _note(kind: str, table: str, column: str, rows: int) -> dict[str, Any]:
    return {"kind": kind, "table": table, "column": column, "rows": int(rows)}
