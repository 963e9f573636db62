"""model_training_pipeline as a DAG of Airflow (TaskFlow)."""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import (
    Asset,
    AssetOrTimeSchedule,
    CronTriggerTimetable,
    Param,
    Variable,
    dag,
    get_current_context,
    task,
)
from airflow.sdk.exceptions import AirflowFailException

THRESHOLDS = {
    "accuracy": "model_accuracy_threshold",
    "f1_weighted": "model_f1_threshold",
}


def thresholds() -> dict[str, str]:
    """What a model must be better than, as text: 0.80 stays 0.80."""
    return {name: Variable.get(key) for name, key in THRESHOLDS.items()}


@dag(
    dag_id="flights_training",
    description="Trains the model of late arrivals on features from Feast and registers it when it passes two gates",
    # On Sundays, and when flights_validation finds drift.
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("0 4 * * 0", timezone="UTC"),
        assets=Asset("flights_drift"),
    ),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    params={
        "trees": Param(150, type="integer", title="Trees", minimum=1, maximum=2000),
        "learning_rate": Param(
            0.06, type="number", title="Learning rate", exclusiveMinimum=0, maximum=1
        ),
    },
    default_args={
        "owner": "ml-team",
        "retries": 2,
        "retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(minutes=30),
    },
    tags=["ml", "training", "mlflow"],
    doc_md=__doc__,
)
def flights_training():
    @task
    def validate_data() -> dict:
        """There are enough clean flights in both windows to learn from."""
        import pandas as pd
        from dags import flights_services
        from maestro_flights import feed, source
        from model_training_pipeline.validate_data import problems

        offline = flights_services.offline_store()
        known = feed.ensure(offline, source.utc_now())
        flights = feed.read(offline, "flights")
        found = problems(flights, pd.Timestamp(known["upto"]))
        if found:
            raise AirflowFailException(
                "The data cannot be trained on: " + "; ".join(found)
            )
        return {"rows": len(flights), "upto": known["upto"]}

    @task
    def build_features(data: dict) -> dict:
        """Joins flights with what was known at their departure."""
        import re

        import pandas as pd
        from dags import flights_services
        from maestro_flights import feed, files, history, model

        offline = flights_services.offline_store()
        now = pd.Timestamp(data["upto"])
        table = model.labelled(feed.read(offline, "flights"), now)
        store, _ = flights_services.feature_store(offline)
        joined = history.join_features(store, offline, table)
        if len(joined) != len(table):
            raise AirflowFailException(f"{len(table)} flights became {len(joined)}")
        # The border between the windows travels with the rows.
        joined["upto"] = now
        run_id = get_current_context()["run_id"]
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", run_id)
        path = offline / "training" / f"dag_{name}.parquet"
        files.write_parquet(path, joined)
        return {"table": str(path), "rows": len(joined)}

    @task
    def train(features: dict, params: dict | None = None) -> dict:
        """Fits the model and logs it to MLflow."""
        from dags import flights_services
        from maestro_flights import model, tracking

        url = tracking.configure(flights_services.connection("mlflow_default"))
        rows, _ = model.windows(features["table"])
        fitted = model.build(params["trees"], params["learning_rate"])
        fitted.fit(model.inputs(rows), rows[model.TARGET])
        scores = model.judge(rows[model.TARGET], fitted.predict(model.inputs(rows)))
        context = get_current_context()

        import mlflow

        mlflow.set_experiment(tracking.EXPERIMENT)
        with mlflow.start_run(run_name=context["run_id"]) as started:
            mlflow.set_tags(
                {
                    "airflow.dag_id": context["dag"].dag_id,
                    "airflow.run_id": context["run_id"],
                }
            )
            mlflow.log_params(
                {
                    "trees": params["trees"],
                    "learning_rate": params["learning_rate"],
                    "train_days": model.TRAIN_DAYS,
                    "test_days": model.TEST_DAYS,
                    "rows": len(rows),
                    "first": rows["event_timestamp"].min().isoformat(),
                    "last": rows["event_timestamp"].max().isoformat(),
                }
            )
            mlflow.log_metrics({f"train_{k}": v for k, v in scores.items()})
            logged = mlflow.sklearn.log_model(
                fitted,
                name="model",
                input_example=model.inputs(rows.head(3)),
                skops_trusted_types=tracking.TRUSTED,
                # Finding them out costs half a minute.
                pip_requirements=["scikit-learn", "pandas", "skops"],
            )
        print(f"{len(rows):,} flights: MLflow run {started.info.run_id} at {url}")
        return {"mlflow_run": started.info.run_id, "model_uri": logged.model_uri}

    @task
    def evaluate(features: dict, trained: dict) -> dict:
        """Judges the logged model on the days after the training window."""
        from dags import flights_services
        from maestro_flights import model, tracking

        client = tracking.client(flights_services.connection("mlflow_default"))
        import mlflow

        run_id = trained["mlflow_run"]
        fitted = mlflow.sklearn.load_model(f"runs:/{run_id}/model")
        _, rows = model.windows(features["table"])
        scores = model.judge(rows[model.TARGET], fitted.predict(model.inputs(rows)))
        for name, value in scores.items():
            client.log_metric(run_id, f"test_{name}", value)
        return {name: round(value, 6) for name, value in scores.items()}

    @task.branch
    def gate(scores: dict) -> str:
        """Accuracy and weighted F1 are both above their thresholds."""
        passed = all(scores[k] > float(v) for k, v in thresholds().items())
        return "register" if passed else "skip_registration"

    @task
    def register(trained: dict) -> dict:
        """A new version in the model registry, with the alias staging."""
        from dags import flights_services
        from maestro_flights import tracking

        client = tracking.client(flights_services.connection("mlflow_default"))
        needed = thresholds()
        version = tracking.register(
            client,
            trained["mlflow_run"],
            {
                "accuracy_threshold": needed["accuracy"],
                "f1_threshold": needed["f1_weighted"],
                "airflow.run_id": get_current_context()["run_id"],
            },
        )
        return {"model": tracking.MODEL, "version": version}

    @task
    def skip_registration(trained: dict, scores: dict) -> list[str]:
        """Notes in MLflow why the model was not registered."""
        from dags import flights_services
        from maestro_flights import tracking

        client = tracking.client(flights_services.connection("mlflow_default"))
        reasons = [
            f"{name} {scores[name]:.4f} is not above {threshold}"
            for name, threshold in thresholds().items()
            if scores[name] <= float(threshold)
        ]
        text = "skipped: " + "; ".join(reasons)
        client.set_tag(trained["mlflow_run"], "registration", text)
        return reasons

    features = build_features(validate_data())
    trained = train(features)
    scores = evaluate(features, trained)
    gate(scores) >> [register(trained), skip_registration(trained, scores)]


flights_training()
