"""Brings the features of the last days into the online store.

The end is the present, whatever the run's data interval: the online store
holds the newest value of each key, and a repeated older interval would put
yesterday's values in the place of today's.
"""

from datetime import timedelta

import pandas as pd
from maestro_flights import feed, source, stores
from maestro_runtime import output

from window import days_to_materialize


def keys_in(rows: pd.DataFrame, keys: list[str], start, end) -> int:
    """How many keys have a row in the window: each becomes one online row."""
    inside = rows["event_timestamp"].between(pd.Timestamp(start), pd.Timestamp(end))
    return len(rows.loc[inside, keys].drop_duplicates())


def main() -> None:
    offline, at = stores.offline_store(), stores.addresses()
    end = source.utc_now()
    start = end - timedelta(days=days_to_materialize())
    store = stores.open_store(at)
    written = {}
    # One writer at a time; and no file changes while Feast reads it.
    with stores.writing(at):
        store.registry.refresh(stores.PROJECT)
        with feed.reading(offline):
            store.materialize(start, end, list(stores.FEATURE_VIEWS))
    for view in store.list_feature_views():
        rows = feed.read(offline, view.name)
        keys = [column.name for column in view.entity_columns]
        written[view.name] = keys_in(rows, keys, start, end)
        print(f"{view.name}: {written[view.name]:,} keys since {start:%F %R} UTC")
    output("start", start.isoformat())
    output("end", end.isoformat())
    output("keys", written)


if __name__ == "__main__":
    main()
