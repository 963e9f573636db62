"""Fills a Feast registry with one view of every freshness, for the tests.

Run in a directory that holds feature_store.yaml. Values are materialized up to
the hour given as the first argument (ISO 8601, UTC).
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from feast import (
    Entity,
    FeatureService,
    FeatureStore,
    FeatureView,
    Field,
    FileSource,
    RequestSource,
)
from feast.on_demand_feature_view import on_demand_feature_view
from feast.types import Float32, Float64, Int64
from feast.value_type import ValueType

until = datetime.fromisoformat(sys.argv[1])
hours = pd.date_range(end=until, periods=48, freq="h", tz="UTC")
Path("data").mkdir()
pd.DataFrame(
    {
        "airport": ["JFK"] * 48,
        "event_timestamp": hours,
        "temperature": np.arange(48, dtype="float32"),
        "wind": np.ones(48),
    }
).to_parquet("data/weather.parquet")

airport = Entity(
    name="airport",
    join_keys=["airport_code"],
    value_type=ValueType.STRING,
    description="Airport of departure",
)
source = FileSource(
    name="weather_source",
    path="data/weather.parquet",
    timestamp_field="event_timestamp",
    field_mapping={"airport": "airport_code"},
)


def view(name, **options):
    return FeatureView(name=name, entities=[airport], source=source, **options)


fields = [
    Field(name="temperature", dtype=Float32, description="Degrees Celsius"),
    Field(name="wind", dtype=Float64),
]
weather = view(
    "weather",
    ttl=timedelta(days=2),
    schema=fields,
    online=True,
    description="Hourly weather",
    owner="ml-team",
    tags={"team": "ml"},
)
expired = view("expired", ttl=timedelta(minutes=1), schema=fields, online=True)
never = view("never", ttl=timedelta(0), schema=fields, online=True)
offline = view("offline", ttl=timedelta(days=1), schema=fields, online=False)
request = RequestSource(name="request", schema=[Field(name="delta", dtype=Int64)])


@on_demand_feature_view(
    sources=[weather, request], schema=[Field(name="warmer", dtype=Float64)]
)
def adjusted(inputs: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"warmer": inputs["temperature"] + inputs["delta"]})


service = FeatureService(
    name="late_arrivals",
    features=[weather[["temperature"]], adjusted],
    description="For the model of late arrivals",
)

store = FeatureStore(repo_path=".")
store.apply(
    [airport, source, weather, expired, never, offline, adjusted, service]
)
store.materialize(
    start_date=until - timedelta(days=1),
    end_date=until,
    feature_views=["weather", "expired"],
)
