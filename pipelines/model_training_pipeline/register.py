"""Makes the model a version in the registry and gives it the alias staging."""

import os

from maestro_flights import tracking
from maestro_runtime import output, run, variable


def existing(client, run_id: str):
    """The version an earlier try of this task has made, if it has."""
    found = client.search_model_versions(f"name = '{tracking.MODEL}'")
    return next((v for v in found if v.run_id == run_id), None)


def main() -> None:
    run_id = os.environ["MLFLOW_RUN"]
    client = tracking.client()
    import mlflow

    # A repeated try finds what the first one did: one run, one version.
    version = existing(client, run_id)
    if version is None:
        version = mlflow.register_model(f"runs:/{run_id}/model", tracking.MODEL)
    tags = {
        "stage": tracking.ALIAS,
        "accuracy_threshold": variable("model_accuracy_threshold"),
        "f1_threshold": variable("model_f1_threshold"),
        "maestro.run_id": run.run_id,
    }
    for key, value in tags.items():
        if value:
            client.set_model_version_tag(tracking.MODEL, version.version, key, value)
    client.set_registered_model_alias(
        tracking.MODEL, tracking.ALIAS, version.version
    )
    print(f"{tracking.MODEL} version {version.version} is {tracking.ALIAS}")
    output("model", tracking.MODEL)
    output("version", str(version.version))


if __name__ == "__main__":
    main()
