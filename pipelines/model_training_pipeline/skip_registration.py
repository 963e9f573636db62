"""Notes in MLflow why the model was not registered."""

import os

from maestro_flights import tracking
from maestro_runtime import alert, output, variable


def main() -> None:
    client = tracking.client()
    run_id = os.environ["MLFLOW_RUN"]
    metrics = client.get_run(run_id).data.metrics
    needed = {
        "accuracy": float(variable("model_accuracy_threshold")),
        "f1_weighted": float(variable("model_f1_threshold")),
    }
    reasons = [
        f"{name} {metrics[f'test_{name}']:.4f} is not above {threshold}"
        for name, threshold in needed.items()
        if metrics[f"test_{name}"] <= threshold
    ]
    client.set_tag(run_id, "registration", "skipped: " + "; ".join(reasons))
    alert(
        "model.not_registered",
        "info",
        "The model was not registered: " + "; ".join(reasons),
        {name: metrics[f"test_{name}"] for name in needed},
    )
    output("reasons", reasons)


if __name__ == "__main__":
    main()
