"""Drift: the last week against the weeks before, column by column."""

from __future__ import annotations

from typing import Any

import pandas as pd

CURRENT_DAYS = 7
# Enough for the test, and its cost stays the same when more is delivered.
SAMPLE = 20_000
COLUMNS = {
    "weather": ["temp", "dewp", "humid", "wind_speed", "pressure", "visib"],
    "flights": ["dep_delay", "arr_delay", "air_time", "distance", "hour"],
}
TIME = {"weather": "observed", "flights": "scheduled"}


def windows(
    table: str, rows: pd.DataFrame, now: pd.Timestamp
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reference rows and current rows."""
    border = now - pd.Timedelta(days=CURRENT_DAYS)
    recent = rows[TIME[table]] > border
    return rows[~recent], rows[recent]


def compare(
    table: str, rows: pd.DataFrame, now: pd.Timestamp
) -> list[dict[str, Any]]:
    """Statistic and p-value of the two-sample KS test for each column.

    A column without values in one of the windows has no verdict and is left
    out; that it is empty is a matter of quality.
    """
    from scipy.stats import ks_2samp

    reference, current = windows(table, rows, now)
    results = []
    for column in COLUMNS[table]:
        before = reference[column].dropna()
        after = current[column].dropna()
        if before.empty or after.empty:
            continue
        if len(before) > SAMPLE:
            before = before.sample(SAMPLE, random_state=0)
        if len(after) > SAMPLE:
            after = after.sample(SAMPLE, random_state=0)
        test = ks_2samp(before, after)
        results.append(
            {
                "table": table,
                "column": column,
                "statistic": round(float(test.statistic), 4),
                "p_value": float(f"{test.pvalue:.3g}"),
                "before": round(float(before.mean()), 3),
                "after": round(float(after.mean()), 3),
            }
        )
    return results


def drifted(
    results: list[dict[str, Any]], statistic: float, p_value: float
) -> list[dict[str, Any]]:
    """Results that are both significant and large, the largest first.

    With thousands of rows every difference is significant; the distance says
    whether it matters.
    """
    found = [
        r
        for r in results
        if r["p_value"] < p_value and r["statistic"] >= statistic
    ]
    return sorted(found, key=lambda r: -r["statistic"])
