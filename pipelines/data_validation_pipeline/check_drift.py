"""Tells which columns are distributed differently since a week."""

import argparse
import json

import drift
import landing
import pandas as pd
from maestro_flights.source import utc_now
from maestro_runtime import alert, output


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--statistic", type=float, default=0.25)
    parser.add_argument("--p-value", type=float, default=0.01)
    options = parser.parse_args()
    now = pd.Timestamp(utc_now())
    results = []
    for name in drift.COLUMNS:
        results += drift.compare(name, landing.table(name), now)
    for r in results:
        print(
            f"{r['table']}.{r['column']}: D={r['statistic']:.3f}"
            f" p={r['p_value']:.2g} mean {r['before']} -> {r['after']}"
        )
    found = drift.drifted(results, options.statistic, options.p_value)
    if found:
        alert(
            "drift",
            "warning",
            "Distributions differ from the weeks before: "
            + ", ".join(f"{r['table']}.{r['column']}" for r in found),
            {f"{r['table']}.{r['column']}": r["statistic"] for r in found},
        )
    output(
        "findings",
        json.dumps(
            {"results": results, "drifted": [[r["table"], r["column"]] for r in found]}
        ),
    )
    output("count", len(found))


if __name__ == "__main__":
    main()
