"""Looks for missing values, duplicates, impossible values and late data."""

import json

import landing
import pandas as pd
from maestro_flights import schema
from maestro_flights.source import utc_now
from maestro_runtime import alert, output

import quality

MEANING = {
    "missing": "Values are missing",
    "duplicates": "Rows came twice",
    "out_of_range": "Values are impossible",
    "stale": "Data is late",
}


def main() -> None:
    now = pd.Timestamp(utc_now())
    found = []
    for name in schema.TABLES:
        found += quality.examine(name, landing.table(name), now)
    for check, meaning in MEANING.items():
        some = [f for f in found if f.check == check]
        if some:
            alert(
                f"quality.{check}",
                "warning",
                f"{meaning}: " + "; ".join(map(str, some)),
                {f"{f.table}.{f.column}": round(f.found, 5) for f in some},
            )
        else:
            print(f"ok: {check}")
    # As text: the report gets it in its environment.
    output("findings", json.dumps([f.as_json() for f in found]))
    output("count", len(found))


if __name__ == "__main__":
    main()
