"""Joins the flights of both windows with the features known at departure."""

import re

import pandas as pd
from maestro_flights import feed, files, history, model, source, stores
from maestro_runtime import output, run

KEPT_DAYS = 2
# A feature that Feast does not find is empty; when many are, something is wrong.
MAX_EMPTY = 0.05


def main() -> None:
    offline, at = stores.offline_store(), stores.addresses()
    known = feed.ensure(offline, source.utc_now())
    now = pd.Timestamp(known["upto"])
    table = model.labelled(feed.read(offline, "flights"), now)
    if at is None:
        store = stores.defined_store(offline)
    else:
        store = stores.open_store(at)
        moved = stores.point_at(store, at, offline)
        if moved:
            print(f"The registry now reads {', '.join(moved)} from {offline}")
    joined = history.join_features(store, offline, table)
    if len(joined) != len(table):
        raise SystemExit(f"{len(table):,} flights became {len(joined):,}")
    # Some stations never report the pressure.
    asked = [c for c in model.FEATURE_COLUMNS if c != "pressure"]
    empty = joined[asked].isna().mean()
    print(empty.rename("empty").map("{:.2%}".format).to_string())
    if (empty > MAX_EMPTY).any():
        raise SystemExit(
            f"Feast knows too little: {', '.join(empty[empty > MAX_EMPTY].index)}"
            f" empty for more than {MAX_EMPTY:.0%} of the flights"
        )
    folder = offline / "training"
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", run.run_id or "by-hand")
    path = folder / f"{name}.parquet"
    # The border between the windows travels with the rows.
    joined["upto"] = now
    files.write_parquet(path, joined)
    # Of runs that ended long ago.
    files.remove_older(folder, ".parquet", KEPT_DAYS * 86_400)
    output("table", str(path))
    output("rows", len(joined))


if __name__ == "__main__":
    main()
