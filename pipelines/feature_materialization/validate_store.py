"""Fails unless data, registry and definitions of the feature store fit together."""

from maestro_flights import feed, source, stores
from maestro_runtime import output

from window import days_to_materialize


def main() -> None:
    days = days_to_materialize()
    offline = stores.offline_store()
    known = feed.ensure(offline, source.utc_now())
    print(f"Offline store {offline}, data up to {known['upto']}")

    at = stores.addresses()
    if at is None:
        # The registry is the feature server's: data and definitions remain.
        store = stores.defined_store(offline)
    else:
        store = stores.open_store(at)
        moved = stores.point_at(store, at, offline)
        if moved:
            print(f"The registry now reads {', '.join(moved)} from {offline}")
    views = {view.name: view for view in store.list_feature_views()}
    absent = [name for name in stores.FEATURE_VIEWS if name not in views]
    if absent:
        raise stores.StoreProblem(
            f"The registry {at and at.registry} has no feature view"
            f" {', '.join(absent)}: run python -m maestro_flights.setup"
        )
    found = []
    for name in stores.FEATURE_VIEWS:
        rows = feed.read(offline, name)
        found += stores.problems_of(views[name], rows)
        print(f"{name}: {len(rows):,} rows, keys {', '.join(views[name].entities)}")
    if found:
        raise stores.StoreProblem("; ".join(found))
    output("days", days)
    output("upto", known["upto"])
    output("feature_views", sorted(views))


if __name__ == "__main__":
    main()
