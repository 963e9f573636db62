"""One page about what was delivered: findings, and the plots behind them."""

import json
import os

import delivery
import drift
import landing
import pandas as pd
from maestro_flights.source import utc_now
from maestro_runtime import output, report


def main() -> None:
    html = delivery.report_page(
        {name: landing.table(name) for name in drift.COLUMNS},
        pd.Timestamp(utc_now()),
        quality=json.loads(os.environ["QUALITY"]),
        drifts=json.loads(os.environ["DRIFT"]),
        anomalies=json.loads(os.environ["ANOMALIES"]),
    )
    report("data_quality", html, title="Data quality")
    output("bytes", len(html.encode()))


if __name__ == "__main__":
    main()
