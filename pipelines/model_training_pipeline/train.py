"""Fits the model on the training window and logs it to MLflow."""

import argparse

import table
from maestro_flights import model, tracking
from maestro_runtime import output, run


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trees", type=int, default=150)
    parser.add_argument("--learning-rate", type=float, default=0.06)
    options = parser.parse_args()
    url = tracking.configure()
    rows, _ = table.windows()
    fitted = model.build(options.trees, options.learning_rate)
    fitted.fit(model.inputs(rows), rows[model.TARGET])

    import mlflow

    mlflow.set_experiment(tracking.EXPERIMENT)
    tags = {
        "maestro.pipeline": run.pipeline,
        "maestro.run_id": run.run_id,
        "maestro.trigger": run.trigger,
    }
    with mlflow.start_run(run_name=run.run_key or None) as started:
        mlflow.set_tags({k: v for k, v in tags.items() if v})
        mlflow.log_params(
            {
                "trees": options.trees,
                "learning_rate": options.learning_rate,
                "train_days": model.TRAIN_DAYS,
                "test_days": model.TEST_DAYS,
                "rows": len(rows),
                "first": rows["event_timestamp"].min().isoformat(),
                "last": rows["event_timestamp"].max().isoformat(),
            }
        )
        scores = model.judge(
            rows[model.TARGET], fitted.predict(model.inputs(rows))
        )
        mlflow.log_metrics({f"train_{k}": v for k, v in scores.items()})
        logged = mlflow.sklearn.log_model(
            fitted,
            name="model",
            input_example=model.inputs(rows.head(3)),
            skops_trusted_types=tracking.TRUSTED,
            # The list of packages is known; finding it out costs half a minute.
            pip_requirements=["scikit-learn", "pandas", "skops"],
        )
    print(
        f"{len(rows):,} flights, {options.trees} trees, training accuracy"
        f" {scores['accuracy']:.4f}: MLflow run {started.info.run_id} at {url}"
    )
    output("mlflow_run", started.info.run_id)
    output("model_uri", logged.model_uri)


if __name__ == "__main__":
    main()
