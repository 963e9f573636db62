"""feature_materialization as a DAG of Airflow (TaskFlow)."""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import Variable, dag, task

# Feast and pandas are imported by the tasks that use them: this file is read
# again and again.


@dag(
    dag_id="flights_features",
    description="Brings the features of the last days into the online store and asks the feature server for them",
    schedule="0 2 * * *",
    start_date=datetime(2025, 1, 1),
    catchup=False,
    default_args={
        "owner": "ml-team",
        "retries": 2,
        "retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(minutes=15),
    },
    tags=["ml", "features", "feast"],
    doc_md=__doc__,
)
def flights_features():
    @task
    def validate_store() -> dict:
        """Data, registry and definitions fit together."""
        from dags import flights_services
        from feature_materialization.window import number_of_days
        from maestro_flights import feed, source, stores

        days = number_of_days(Variable.get("feature_materialization_days"))
        offline = flights_services.offline_store()
        known = feed.ensure(offline, source.utc_now())
        store, _ = flights_services.feature_store(offline)
        views = {view.name: view for view in store.list_feature_views()}
        absent = [name for name in stores.FEATURE_VIEWS if name not in views]
        if absent:
            raise stores.StoreProblem(
                f"The registry has no feature view {', '.join(absent)}: run"
                " python -m maestro_flights.setup"
            )
        found = []
        for name in stores.FEATURE_VIEWS:
            rows = feed.read(offline, name)
            found += stores.problems_of(views[name], rows)
            print(f"{name}: {len(rows):,} rows")
        if found:
            raise stores.StoreProblem("; ".join(found))
        return {
            "days": days,
            "upto": known["upto"],
            "feature_views": sorted(views),
        }

    @task
    def materialize(store_facts: dict) -> dict:
        """Offline rows of the last days into the online store."""
        from dags import flights_services
        from maestro_flights import feed, serving, source, stores

        end = source.utc_now()
        start = end - timedelta(days=store_facts["days"])
        offline = flights_services.offline_store()
        store, at = flights_services.feature_store(offline)
        if at is None:
            url = flights_services.connection("feast_default").url
            serving.materialize(url, list(stores.FEATURE_VIEWS), start, end)
        else:
            # One writer at a time; and no file changes while Feast reads it.
            with stores.writing(at), feed.reading(offline):
                store.registry.refresh(stores.PROJECT)
                store.materialize(start, end, list(stores.FEATURE_VIEWS))
        read, written = {}, {}
        for view in store.list_feature_views():
            rows = feed.read(offline, view.name)
            rows = rows[rows["event_timestamp"].between(start, end)]
            keys = [column.name for column in view.entity_columns]
            read[view.name] = len(rows)
            written[view.name] = len(rows[keys].drop_duplicates())
        return {
            "start": start.isoformat(),
            "end": end.isoformat(),
            "rows": read,
            "keys": written,
        }

    @task(retries=4, retry_delay=timedelta(seconds=5))
    def check_online() -> dict:
        """Asks the feature server, as a model would.

        It looks at the registry anew every few seconds: a retry waits for it.
        """
        from dags import flights_services
        from feature_materialization.check_online import NEEDED_SHARE, ask
        from maestro_flights import feed

        url = flights_services.connection("feast_default").url
        flights = feed.read(flights_services.offline_store(), "flights")
        shares = ask(url, flights)
        short = {k: v for k, v in shares.items() if v < NEEDED_SHARE}
        if short:
            raise RuntimeError(f"{url} has values for too few keys: {short}")
        return {"available": shares}

    materialize(validate_store()) >> check_online()


flights_features()
