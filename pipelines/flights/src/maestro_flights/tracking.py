"""MLflow, at the address of the connection ``mlflow_default``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from maestro_runtime import connection

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "late_arrival"
MODEL = "late_arrival"
ALIAS = "staging"


def configure() -> str:
    """Points MLflow at the connection's server; returns its address.

    To be called before mlflow is imported: login and password of the
    connection, if it has them, become MLflow's own environment variables.
    """
    found = connection("mlflow_default")
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


def client() -> MlflowClient:
    """A client of the server, and the import of mlflow with it (seconds)."""
    configure()
    from mlflow import MlflowClient

    return MlflowClient()
