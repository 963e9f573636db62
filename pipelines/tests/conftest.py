"""One data directory with real services for all tests of this folder."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from harness import PIPELINES, Harness

ROOT = PIPELINES.parent


@pytest.fixture(scope="session")
def embedded(tmp_path_factory):
    """The seeds and addresses of MLflow, Feast server and Feast registry."""
    data_dir = tmp_path_factory.mktemp("maestro") / "data"
    driver = Path(__file__).parent / "start_services.mjs"
    process = subprocess.Popen(
        ["node", driver, ROOT, data_dir, sys.executable],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    line = process.stdout.readline()
    assert line, "the services did not start, see above"
    started = json.loads(line)
    yield {
        "data_dir": data_dir,
        "urls": {s["name"]: s["url"] for s in started["services"]},
        "seeds": started["seeds"],
    }
    process.stdin.close()
    assert process.wait(timeout=60) == 0


@pytest.fixture(scope="session")
def harness(embedded, tmp_path_factory):
    """Runs tasks with the seeded connections and variables."""
    seeds = embedded["seeds"]
    connections = {
        name: {"conn_type": c["type"], **{k: v for k, v in c.items() if k != "type"}}
        for name, c in seeds["connections"].items()
    }
    return Harness(
        tmp_path_factory.mktemp("attempts"), connections, seeds["variables"]
    )


@pytest.fixture(scope="session")
def first_runs(harness):
    """One run of each pipeline, all started at the same moment."""
    from concurrent.futures import ThreadPoolExecutor

    names = (
        "model_training_pipeline",
        "data_validation_pipeline",
        "feature_materialization",
        "my_ml_workflow",
    )
    with ThreadPoolExecutor(len(names)) as pool:
        return dict(zip(names, pool.map(harness.run, names)))
