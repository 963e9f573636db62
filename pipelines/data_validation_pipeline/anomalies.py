"""Anomalies: flights of the last day that are unlike those of the weeks before."""

from __future__ import annotations

import pandas as pd

CURRENT_HOURS = 24
REFERENCE_SHARE = 0.02
"""Share of ordinary flights that may look odd: it sets the border."""
TREES = 200
SEED = 2013


def describe(flights: pd.DataFrame) -> pd.DataFrame:
    """What the forest looks at; flights without a landing are left out.

    Few columns: in each further one that says nothing about a flight being odd
    the forest spends its cuts, and odd flights look ordinary.
    """
    flown = flights[flights["air_time"].notna() & flights["landed"].notna()]
    elapsed = (flown["landed"] - flown["departed"]).dt.total_seconds() / 60
    return pd.DataFrame(
        {
            "speed": flown["distance"] / (flown["air_time"] / 60),
            "ground_time": elapsed - flown["air_time"],
            "dep_delay": flown["dep_delay"],
        },
        index=flown.index,
    )


def score(flights: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """The flights of the last day with ``anomaly``: True below the border.

    Raises ``ValueError`` when a window has no flights.
    """
    from sklearn.ensemble import IsolationForest

    looked_at = describe(flights)
    recent = flights.loc[looked_at.index, "landed"] > now - pd.Timedelta(
        hours=CURRENT_HOURS
    )
    if recent.all() or not recent.any():
        raise ValueError(
            f"There are {int(recent.sum())} flights in the last"
            f" {CURRENT_HOURS} hours and {int((~recent).sum())} before: both"
            " windows must have some"
        )
    forest = IsolationForest(n_estimators=TREES, random_state=SEED)
    reference = looked_at[~recent]
    forest.fit(reference.to_numpy())
    border = pd.Series(forest.score_samples(reference.to_numpy())).quantile(
        REFERENCE_SHARE
    )
    current = looked_at[recent].copy()
    current["score"] = forest.score_samples(current.to_numpy())
    current["anomaly"] = current["score"] < border
    for column in ("flight_id", "distance"):
        current[column] = flights.loc[current.index, column]
    return current
