"""The landing zone as the tasks of this pipeline read it."""

from __future__ import annotations

import pandas as pd
from maestro_flights import feed, source, stores


def deliver() -> pd.Timestamp:
    """Lets what was flown until this hour arrive; returns the moment it is."""
    now = source.utc_now()
    feed.ensure(stores.offline_store(), now)
    return pd.Timestamp(now)


def table(name: str) -> pd.DataFrame:
    """The rows of ``flights`` or ``weather`` as delivered."""
    return feed.read(stores.offline_store(), f"landing/{name}")
