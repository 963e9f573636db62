"""One page about what was delivered: findings, and the plots behind them."""

import json
import os

import drift
import landing
import page
import plots
from maestro_flights.source import utc_now
from maestro_runtime import output, report

SHOWN_DRIFTS = 4


def main() -> None:
    quality = json.loads(os.environ["QUALITY"])
    drifts = json.loads(os.environ["DRIFT"])
    odd = json.loads(os.environ["ANOMALIES"])
    import pandas as pd

    now = pd.Timestamp(utc_now())
    tables = {name: landing.table(name) for name in drift.COLUMNS}
    pictures = []
    for table, column in drifts["drifted"][:SHOWN_DRIFTS]:
        before, after = drift.windows(table, tables[table], now)
        pictures.append(
            plots.distributions(before[column], after[column], f"{table}.{column}")
        )
    html = page.render(
        made_at=f"{now:%Y-%m-%d %H:%M} UTC",
        rows={name: len(rows) for name, rows in tables.items()},
        quality=quality,
        drifts=drifts,
        anomalies=odd,
        arrivals=plots.per_day(tables["flights"]),
        distributions=pictures,
        scatter=plots.anomalies(odd["points"]),
    )
    report("data_quality", html, title="Data quality")
    output("bytes", len(html.encode()))


if __name__ == "__main__":
    main()
