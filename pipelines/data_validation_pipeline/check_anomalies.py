"""Tells when too many flights of the last day are unlike the others."""

import argparse
import json

import anomalies
import landing
import pandas as pd
from maestro_flights.source import utc_now
from maestro_runtime import alert, output

SHOWN = 400


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=0.1)
    options = parser.parse_args()
    flights = landing.table("flights").drop_duplicates("flight_id")
    scored = anomalies.score(flights, pd.Timestamp(utc_now()))
    rate = float(scored["anomaly"].mean())
    odd = scored[scored["anomaly"]].sort_values("score")
    print(f"{len(odd)} of {len(scored)} flights of the last day are odd ({rate:.1%})")
    print(odd.head(10).round(2).to_string(index=False))
    if rate > options.rate:
        alert(
            "anomaly",
            "warning",
            f"{rate:.1%} of the flights of the last"
            f" {anomalies.CURRENT_HOURS} hours are anomalies, tolerated are"
            f" {options.rate:.0%}",
            {"rate": round(rate, 4), "flights": len(scored)},
        )
    points = scored.sort_values("score").head(SHOWN)
    points = pd.concat([points, scored.drop(points.index).head(SHOWN)])
    output(
        "findings",
        json.dumps(
            {
                "rate": round(rate, 4),
                "tolerated": options.rate,
                "points": points[["distance", "speed", "anomaly"]]
                .round(1)
                .values.tolist(),
            }
        ),
    )
    output("rate", round(rate, 4))


if __name__ == "__main__":
    main()
