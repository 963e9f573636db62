"""Entities, feature views and the feature service of late arrivals."""

import os
from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.types import Float64, Int64

OFFLINE_STORE = os.environ["FEAST_OFFLINE_STORE"].rstrip("/")
# Where S3 is not Amazon's.
S3_ENDPOINT = (
    os.environ.get("AWS_ENDPOINT_URL", "") if OFFLINE_STORE.startswith("s3") else ""
)
OWNER = "ml-team"

origin = Entity(
    name="origin",
    join_keys=["origin"],
    value_type=ValueType.STRING,
    description="Airport of departure: EWR, JFK or LGA",
    owner=OWNER,
)
hour = Entity(
    name="hour",
    join_keys=["hour"],
    value_type=ValueType.INT64,
    description="Hour of the day in UTC, 0 to 23",
    owner=OWNER,
)
route = Entity(
    name="route",
    join_keys=["route"],
    value_type=ValueType.STRING,
    description="Airports of departure and arrival, for example JFK-LAX",
    owner=OWNER,
)
carrier = Entity(
    name="carrier",
    join_keys=["carrier"],
    value_type=ValueType.STRING,
    description="IATA code of the airline",
    owner=OWNER,
)

weather_source = FileSource(
    name="weather_by_origin_hour_source",
    path=f"{OFFLINE_STORE}/weather_by_origin_hour.parquet",
    s3_endpoint_override=S3_ENDPOINT,
    timestamp_field="event_timestamp",
    description="Hourly observations of the three airports, cleaned",
    owner=OWNER,
)
route_source = FileSource(
    name="route_carrier_stats_source",
    path=f"{OFFLINE_STORE}/route_carrier_stats.parquet",
    s3_endpoint_override=S3_ENDPOINT,
    timestamp_field="event_timestamp",
    description="Arrivals of the last seven days, made at midnight",
    owner=OWNER,
)

# The key has the hour of the day, so a historical join meets one row a day and
# not one an hour. A day and a half: yesterday's value serves while the daily
# materialization is late, an older one does not.
weather_by_origin_hour = FeatureView(
    name="weather_by_origin_hour",
    entities=[origin, hour],
    ttl=timedelta(hours=36),
    schema=[
        Field(name="temp", dtype=Float64, description="°F"),
        Field(name="humid", dtype=Float64, description="%"),
        Field(name="wind_speed", dtype=Float64, description="mph"),
        Field(name="precip", dtype=Float64, description="inches in the hour"),
        Field(name="pressure", dtype=Float64, description="hPa at sea level"),
    ],
    source=weather_source,
    online=True,
    description="Weather at the airport of departure in the hour of departure",
    tags={"team": OWNER, "cadence": "hourly"},
    owner=OWNER,
)
route_carrier_stats = FeatureView(
    name="route_carrier_stats",
    entities=[route, carrier],
    ttl=timedelta(days=9),
    schema=[
        Field(name="flights_7d", dtype=Int64, description="flights in 7 days"),
        Field(name="late_rate_7d", dtype=Float64, description="share late"),
        Field(name="arr_delay_7d", dtype=Float64, description="mean minutes"),
        Field(
            name="gain_7d",
            dtype=Float64,
            description="mean minutes between departure and arrival delay",
        ),
    ],
    source=route_source,
    online=True,
    description="How the carrier did on the route in the last seven days",
    tags={"team": OWNER, "cadence": "daily"},
    owner=OWNER,
)

late_arrival = FeatureService(
    name="late_arrival",
    features=[weather_by_origin_hour, route_carrier_stats],
    description="What the model of late arrivals is given besides the delay",
    tags={"team": OWNER},
    owner=OWNER,
)
