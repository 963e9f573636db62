"""Brings the features of the last days into the online store.

The end is the present, whatever the run's data interval: the online store
holds the newest value of each key, and a repeated older interval would put
yesterday's values in the place of today's.
"""

from datetime import timedelta

import pandas as pd
from maestro_flights import feed, serving, source, stores
from maestro_runtime import connection, output

from window import days_to_materialize


def inside(rows: pd.DataFrame, start, end) -> pd.DataFrame:
    """The rows whose time is in the window."""
    return rows[
        rows["event_timestamp"].between(pd.Timestamp(start), pd.Timestamp(end))
    ]


def main() -> None:
    offline, at = stores.offline_store(), stores.addresses()
    end = source.utc_now()
    start = end - timedelta(days=days_to_materialize())
    read, written = {}, {}
    if at is None:
        store = stores.defined_store(offline)
        url = connection("feast_default").url
        print(f"Asking {url} to materialize")
        serving.materialize(url, list(stores.FEATURE_VIEWS), start, end)
    else:
        store = stores.open_store(at)
        # One writer at a time; and no file changes while Feast reads it.
        with stores.writing(at):
            store.registry.refresh(stores.PROJECT)
            with feed.reading(offline):
                store.materialize(start, end, list(stores.FEATURE_VIEWS))
    for view in store.list_feature_views():
        rows = inside(feed.read(offline, view.name), start, end)
        keys = [column.name for column in view.entity_columns]
        read[view.name] = len(rows)
        # The newest row of each key is the one online.
        written[view.name] = len(rows[keys].drop_duplicates())
        print(
            f"{view.name}: {written[view.name]:,} keys from {len(rows):,} rows"
            f" since {start:%F %R} UTC"
        )
    output("start", start.isoformat())
    output("end", end.isoformat())
    output("rows", read)
    output("keys", written)


if __name__ == "__main__":
    main()
