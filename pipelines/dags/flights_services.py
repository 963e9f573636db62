"""Connections and variables of Airflow, as maestro_flights takes them."""

from __future__ import annotations

import maestro_runtime
from airflow.sdk import Connection, Variable
from maestro_flights import files, stores


def connection(conn_id: str) -> maestro_runtime.Connection:
    """The connection ``conn_id``, asked of Airflow while the task runs."""
    found = Connection.get(conn_id)
    return maestro_runtime.Connection(
        id=conn_id,
        conn_type=found.conn_type or "",
        host=found.host,
        port=found.port,
        login=found.login,
        password=found.password,
        schema=found.schema,
        extra=found.extra_dejson,
    )


def offline_store() -> files.Folder:
    """The folder that the variable ``feature_offline_store`` names."""
    text = Variable.get("feature_offline_store")
    if text.startswith("s3://"):
        raise stores.StoreProblem(
            f"feature_offline_store is {text}: these DAGs take a folder"
        )
    return stores.offline_store(text)


def feature_store(offline: files.Folder):
    """Feast's store of the connection ``feast_default``, reading ``offline``.

    The definitions alone where its extra names no registry: that is the
    feature server's own then.
    """
    at = stores.addresses(connection("feast_default"))
    if at is None:
        return stores.defined_store(offline), None
    store = stores.open_store(at)
    moved = stores.point_at(store, at, offline)
    if moved:
        print(f"The registry now reads {', '.join(moved)} from {offline}")
    return store, at
