"""MLflow, at the address of the connection ``mlflow_default``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from maestro_runtime import Connection, connection

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "late_arrival"
MODEL = "late_arrival"
ALIAS = "staging"
TRUSTED = ["sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"]
"""What skops may make when it reads the model."""


def configure(of: Connection | None = None) -> str:
    """Points MLflow at the connection's server; returns its address.

    ``of`` is the connection; default the one of the task's environment. To be called before mlflow is imported: login and password of the
    connection, if it has them, become MLflow's own environment variables.
    """
    found = of or connection("mlflow_default")
    os.environ["MLFLOW_TRACKING_URI"] = found.url
    if found.login:
        os.environ["MLFLOW_TRACKING_USERNAME"] = found.login
        os.environ["MLFLOW_TRACKING_PASSWORD"] = found.password or ""
    # A server that is away should fail a try within a minute, not after ten:
    # the retries of the pipeline are the ones people see.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "60")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "false")
    return found.url


def client(of: Connection | None = None) -> MlflowClient:
    """A client of the server, and the import of mlflow with it (seconds)."""
    configure(of)
    from mlflow import MlflowClient

    return MlflowClient()


def register(client: MlflowClient, run_id: str, tags: dict[str, str | None]) -> str:
    """Makes the model of an MLflow run a version with the alias ``staging``.

    A repeated try finds what the first one did: one run, one version. Returns
    the version; ``tags`` without a value are left out.
    """
    import mlflow

    found = client.search_model_versions(f"name = '{MODEL}'")
    version = next((v for v in found if v.run_id == run_id), None)
    if version is None:
        version = mlflow.register_model(f"runs:/{run_id}/model", MODEL)
    for key, value in {"stage": ALIAS, **tags}.items():
        if value:
            client.set_model_version_tag(MODEL, version.version, key, value)
    client.set_registered_model_alias(MODEL, ALIAS, version.version)
    return str(version.version)
