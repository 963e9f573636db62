"""data_validation_pipeline as a DAG of Airflow (TaskFlow)."""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import Asset, Param, dag, task
from airflow.sdk.exceptions import AirflowFailException

DRIFT = Asset("flights_drift")
SHOWN_ANOMALIES = 400


def share(default: float, title: str) -> Param:
    return Param(default, type="number", title=title, minimum=0, maximum=1)


def landed(name: str):
    """The rows of ``flights`` or ``weather`` as delivered."""
    from dags import flights_services
    from maestro_flights import feed

    return feed.read(flights_services.offline_store(), f"landing/{name}")


def this_moment():
    import pandas as pd
    from maestro_flights import source

    return pd.Timestamp(source.utc_now())


@dag(
    dag_id="flights_validation",
    description="Checks schema, quality, drift and anomalies of what was delivered, and reports with plots",
    schedule="0 */6 * * *",
    start_date=datetime(2025, 1, 1),
    catchup=False,
    params={
        "ks_statistic": share(0.25, "Drift from this distance on"),
        "p_value": share(0.01, "Significance"),
        "anomaly_rate": share(0.1, "Tolerated share of anomalies"),
    },
    default_args={
        "owner": "ml-team",
        "retries": 2,
        "retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(minutes=10),
    },
    tags=["ml", "data-quality"],
    doc_md=__doc__,
)
def flights_validation():
    @task
    def check_schema() -> dict:
        """Columns and types of the landing zone; fails the run."""
        from dags import flights_services
        from maestro_flights import feed, schema, source

        feed.ensure(flights_services.offline_store(), source.utc_now())
        tables = {name: landed(name) for name in schema.TABLES}
        found = [v for name, rows in tables.items() for v in schema.violations(name, rows)]
        if found:
            raise AirflowFailException(
                "The schema is not the promised one: " + "; ".join(found)
            )
        return {name: len(rows) for name, rows in tables.items()}

    @task
    def check_quality() -> list[dict]:
        """Missing values, duplicates, ranges, freshness."""
        from data_validation_pipeline import quality
        from maestro_flights import schema

        now = this_moment()
        found = [
            finding
            for name in schema.TABLES
            for finding in quality.examine(name, landed(name), now)
        ]
        for finding in found:
            print(f"{finding.check}: {finding}")
        return [finding.as_json() for finding in found]

    @task
    def check_drift(params: dict | None = None) -> dict:
        """Two-sample Kolmogorov-Smirnov test, last week against the weeks before."""
        from data_validation_pipeline import drift

        now = this_moment()
        results = [
            result
            for name in drift.COLUMNS
            for result in drift.compare(name, landed(name), now)
        ]
        found = drift.drifted(results, params["ks_statistic"], params["p_value"])
        return {
            "results": results,
            "drifted": [[r["table"], r["column"]] for r in found],
        }

    @task.short_circuit
    def has_drifted(drifts: dict) -> bool:
        """Whether there is something to announce."""
        return bool(drifts["drifted"])

    @task(outlets=[DRIFT])
    def announce_drift(drifts: dict, outlet_events=None) -> None:
        """An event of the asset: flights_training starts on it."""
        outlet_events[DRIFT].extra = {
            f"{r['table']}.{r['column']}": r["statistic"]
            for r in drifts["results"]
            if [r["table"], r["column"]] in drifts["drifted"]
        }

    @task
    def check_anomalies(params: dict | None = None) -> dict:
        """Isolation Forest, last day against the weeks before."""
        import pandas as pd
        from data_validation_pipeline import anomalies

        flights = landed("flights").drop_duplicates("flight_id")
        scored = anomalies.score(flights, this_moment())
        first = scored.sort_values("score").head(SHOWN_ANOMALIES)
        return {
            "rate": round(float(scored["anomaly"].mean()), 4),
            "tolerated": params["anomaly_rate"],
            "flights": len(scored),
            "points": pd.concat([first, scored.drop(first.index).head(SHOWN_ANOMALIES)])[
                ["distance", "speed", "anomaly"]
            ]
            .round(1)
            .values.tolist(),
        }

    @task
    def make_report(findings: list[dict], drifts: dict, odd: dict) -> int:
        """HTML with plots, on the page of the run."""
        from data_validation_pipeline import delivery, drift
        from maestro_runtime import report

        html = delivery.report_page(
            {name: landed(name) for name in drift.COLUMNS},
            this_moment(),
            quality=findings,
            drifts=drifts,
            anomalies=odd,
        )
        report("data_quality", html, title="Data quality")
        return len(html.encode())

    findings, drifts, odd = check_quality(), check_drift(), check_anomalies()
    check_schema() >> [findings, drifts, odd]
    has_drifted(drifts) >> announce_drift(drifts)
    make_report(findings, drifts, odd)


flights_validation()
