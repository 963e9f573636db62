"""Fails unless there are enough clean flights in both windows to learn from."""

import pandas as pd
from maestro_flights import feed, model, schema, source, stores
from maestro_runtime import output

ENOUGH_ROWS = 10_000
# In 2013 between 13 and 38 % of the flights of two months were late.
LATE_BETWEEN = (0.05, 0.6)


def problems(flights: pd.DataFrame, now: pd.Timestamp) -> list[str]:
    """Why the model cannot be trained on these flights; empty when it can."""
    found = schema.violations("flights", flights)
    if found:
        return found
    if flights["flight_id"].duplicated().any():
        found.append("flights are not unique: cleaning did not run")
    table = model.labelled(flights, now)
    for name, rows in zip(("training", "test"), model.split(table, now)):
        late = rows[model.TARGET].mean()
        print(f"{name} window: {len(rows):,} flights, {late:.1%} late")
        if len(rows) < ENOUGH_ROWS:
            found.append(
                f"the {name} window has {len(rows):,} flights, {ENOUGH_ROWS:,}"
                " are needed"
            )
        elif not LATE_BETWEEN[0] < late < LATE_BETWEEN[1]:
            found.append(f"{late:.1%} of the {name} window are late")
    return found


def main() -> None:
    offline = stores.offline_store()
    known = feed.ensure(offline, source.utc_now())
    flights = feed.read(offline, "flights")
    print(f"{offline}: {len(flights):,} flights up to {known['upto']}")
    found = problems(flights, pd.Timestamp(known["upto"]))
    if found:
        raise SystemExit("The data cannot be trained on: " + "; ".join(found))
    output("rows", len(flights))
    output("upto", known["upto"])


if __name__ == "__main__":
    main()
