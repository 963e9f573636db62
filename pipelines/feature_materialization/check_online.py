"""Asks the feature server for what was materialized, as a model would."""

import time

import pandas as pd
from maestro_flights import feed, serving, source, stores
from maestro_runtime import connection, output

NEEDED_SHARE = 0.95
PATIENCE_SECONDS = 30
ROUTES = 20
WEEK = pd.Timedelta(days=7)


def busiest(flights, count: int) -> list[tuple[str, str]]:
    """The routes and carriers with most flights in the last week."""
    week = flights[flights["scheduled"] > flights["scheduled"].max() - WEEK]
    return list(week.groupby(["route", "carrier"]).size().nlargest(count).index)


def ask(url: str, flights) -> dict[str, float]:
    """Share of keys of each view for which the server has a value."""
    hours = [(o, h) for o in source.ORIGINS for h in range(24)]
    weather = serving.online_features(
        url,
        ["weather_by_origin_hour:temp", "weather_by_origin_hour:wind_speed"],
        {"origin": [o for o, _ in hours], "hour": [h for _, h in hours]},
    )
    pairs = busiest(flights, ROUTES)
    stats = serving.online_features(
        url,
        ["route_carrier_stats:late_rate_7d", "route_carrier_stats:flights_7d"],
        {"route": [r for r, _ in pairs], "carrier": [c for _, c in pairs]},
    )
    return {
        "weather_by_origin_hour": weather.present("temp"),
        "route_carrier_stats": stats.present("late_rate_7d"),
    }


def main() -> None:
    url = connection("feast_default").url
    flights = feed.read(stores.offline_store(), "flights")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        # The server looks at the registry anew every few seconds.
        shares = ask(url, flights)
        short = {k: v for k, v in shares.items() if v < NEEDED_SHARE}
        if not short or time.monotonic() > deadline:
            break
        time.sleep(2)
    for view, share in shares.items():
        print(f"{view}: {share:.1%} of the keys answered by {url}")
    output("available", shares)
    if short:
        raise SystemExit(
            f"{url} has values for too few keys: "
            + ", ".join(f"{k} {v:.1%}" for k, v in short.items())
            + f"; {NEEDED_SHARE:.0%} are needed"
        )


if __name__ == "__main__":
    main()
