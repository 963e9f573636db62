"""An attempt in the words of Airflow's executors, from what its environment says.

The same for the fork server and for a pod: each adds what its own supervisor wants.
"""

from __future__ import annotations

import json
import os


def workload_of(env: dict[str, str], folder: str) -> dict:
    """What both hand to a worker; Airflow finds the task API and the DAG file,
    below `folder`, by what is set here.

    An attempt of Maestro is a task instance of Airflow's interface."""
    bundle = env["MAESTRO_AIRFLOW_SOURCE"]
    attempt = env["MAESTRO_ATTEMPT_ID"]
    os.environ["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] = (
        env["MAESTRO_TASK_API_URL"] + "/execution/"
    )
    os.environ["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"] = json.dumps(
        [
            {
                "name": bundle,
                "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
                "kwargs": {"path": folder},
            }
        ]
    )
    return {
        "token": env["MAESTRO_TASK_TOKEN"],
        "dag_rel_path": env["MAESTRO_AIRFLOW_FILE"],
        "bundle_info": {"name": bundle, "version": None},
        "ti": {
            "id": attempt,
            "dag_version_id": attempt,
            "task_id": env["MAESTRO_TASK_ID"],
            "dag_id": env["MAESTRO_AIRFLOW_DAG_ID"],
            "run_id": env["MAESTRO_RUN_KEY"],
            "try_number": int(env["MAESTRO_TRY_NUMBER"]),
            "map_index": int(env["MAESTRO_MAP_INDEX"]),
            "queue": "default",
            "context_carrier": {},
        },
    }
