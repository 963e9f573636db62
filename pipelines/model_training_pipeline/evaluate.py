"""Judges the model as MLflow has it on the days after its training window."""

import os

import table
from maestro_flights import model, tracking
from maestro_runtime import output, report


def page(scores: dict[str, float], matrix) -> str:
    """The scores and the confusion matrix as a small page."""
    rows = "".join(
        f"<tr><td>{name.replace('_', ' ')}<td>{value:.4f}"
        for name, value in scores.items()
    )
    cells = "".join(
        f"<tr><th>{label}<td>{some[0]:,}<td>{some[1]:,}"
        for label, some in zip(("was on time", "was late"), matrix)
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        "<title>Evaluation</title><style>:root{color-scheme:light dark}"
        "body{font:14px/1.5 system-ui,sans-serif;margin:1.5rem}"
        "td,th{padding:.25rem 1rem .25rem 0;text-align:left}"
        "td{text-align:right;font-variant-numeric:tabular-nums}"
        "td:first-child{text-align:left}</style>"
        f"<h1>Late arrivals, the last {model.TEST_DAYS} days</h1>"
        f"<table>{rows}</table><h2>Confusion</h2>"
        f"<table><tr><th><th>said on time<th>said late{cells}</table></html>"
    )


def main() -> None:
    client = tracking.client()
    import mlflow
    from sklearn.metrics import confusion_matrix

    run_id = os.environ["MLFLOW_RUN"]
    fitted = mlflow.sklearn.load_model(f"runs:/{run_id}/model")
    _, rows = table.windows()
    predicted = fitted.predict(model.inputs(rows))
    scores = model.judge(rows[model.TARGET], predicted)
    for name, value in scores.items():
        client.log_metric(run_id, f"test_{name}", value)
        print(f"{name}: {value:.4f}")
        output(name, round(value, 6))
    matrix = confusion_matrix(rows[model.TARGET], predicted)
    report("evaluation", page(scores, matrix.tolist()), title="Evaluation")


if __name__ == "__main__":
    main()
