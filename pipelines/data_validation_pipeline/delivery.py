"""The report on a delivery: its page, with the plots behind the findings."""

from __future__ import annotations

from typing import Any

import pandas as pd

try:
    # Imported from a DAG, it is a module of the package; as a task's, its neighbour.
    from . import drift, page, plots
except ImportError:
    import drift
    import page
    import plots

SHOWN_DRIFTS = 4


def report_page(
    tables: dict[str, pd.DataFrame],
    now: pd.Timestamp,
    *,
    quality: list[dict[str, Any]],
    drifts: dict[str, Any],
    anomalies: dict[str, Any],
) -> str:
    """HTML of what the checks found in the tables of ``drift.COLUMNS``."""
    pictures = []
    for table, column in drifts["drifted"][:SHOWN_DRIFTS]:
        before, after = drift.windows(table, tables[table], now)
        pictures.append(
            plots.distributions(before[column], after[column], f"{table}.{column}")
        )
    return page.render(
        made_at=f"{now:%Y-%m-%d %H:%M} UTC",
        rows={name: len(rows) for name, rows in tables.items()},
        quality=quality,
        drifts=drifts,
        anomalies=anomalies,
        arrivals=plots.per_day(tables["flights"]),
        distributions=pictures,
        scatter=plots.anomalies(anomalies["points"]),
    )
