"""The pipelines against a real MLflow and a real Feast, end to end."""

import json
import shutil
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from harness import Pipeline, Run, check_expected


def get(url: str):
    with urllib.request.urlopen(url, timeout=30) as response:
        return json.load(response)


def only(harness, name: str, task: str, outputs=None) -> Run:
    """Runs one task of a pipeline with the outputs of the tasks before it."""
    pipeline = Pipeline(name)
    scope = {
        "params": pipeline.default_params(),
        "vars": harness.variables,
        "tasks": {k: {"outputs": v} for k, v in (outputs or {}).items()},
    }
    return harness.task(pipeline, pipeline.tasks[task], scope, "only")


NAMES = [
    "feature_materialization",
    "model_training_pipeline",
    "data_validation_pipeline",
    "my_ml_workflow",
]


@pytest.mark.parametrize("name", NAMES)
def test_all_at_once_each_run_is_what_it_should_be(first_runs, name):
    check_expected(name, first_runs[name])
    for task, result in first_runs[name].tasks.items():
        print(f"{name}.{task}: {result.seconds:.1f} s")


def test_mlflow_has_the_version_under_the_alias_staging(embedded, first_runs):
    outputs = first_runs["model_training_pipeline"].tasks["register"].outputs
    answer = get(
        f"{embedded['urls']['mlflow']}/api/2.0/mlflow/registered-models/alias"
        "?name=late_arrival&alias=staging"
    )["model_version"]
    assert answer["version"] == outputs["version"]
    trained = first_runs["model_training_pipeline"].tasks["train"].outputs
    assert answer["run_id"] == trained["mlflow_run"]
    run = get(
        f"{embedded['urls']['mlflow']}/api/2.0/mlflow/runs/get"
        f"?run_id={answer['run_id']}"
    )["run"]["data"]
    metrics = {m["key"]: m["value"] for m in run["metrics"]}
    scores = first_runs["model_training_pipeline"].tasks["evaluate"].outputs
    assert metrics["test_accuracy"] == pytest.approx(scores["accuracy"], abs=1e-5)
    assert metrics["test_accuracy"] > 0.85 and metrics["test_f1_weighted"] > 0.80


def test_a_repeated_registration_makes_no_second_version(harness, first_runs):
    tasks = first_runs["model_training_pipeline"].tasks
    again = only(
        harness,
        "model_training_pipeline",
        "register",
        {"train": tasks["train"].outputs},
    )
    assert again.outputs["version"] == tasks["register"].outputs["version"], again.log


def test_feasts_own_server_and_registry_know_the_features(embedded, first_runs):
    body = json.dumps(
        {
            "feature_service": "late_arrival",
            "entities": {
                "origin": ["JFK"],
                "hour": [12],
                "route": ["JFK-LAX"],
                "carrier": ["DL"],
            },
        }
    ).encode()
    request = urllib.request.Request(
        f"{embedded['urls']['feast-server']}/get-online-features",
        data=body,
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        answer = json.load(response)
    values = dict(
        zip(
            answer["metadata"]["feature_names"],
            (r["values"][0] for r in answer["results"]),
        )
    )
    offline = Path(embedded["data_dir"]) / "feast/offline"
    rows = pd.read_parquet(offline / "route_carrier_stats.parquet")
    newest = rows[(rows.route == "JFK-LAX") & (rows.carrier == "DL")].iloc[-1]
    assert values["late_rate_7d"] == pytest.approx(newest.late_rate_7d)
    assert -40 < values["temp"] < 120
    views = get(
        f"{embedded['urls']['feast-registry']}/api/v1/feature_views?project=flights"
    )["featureViews"]
    by_name = {v["spec"]["name"]: v for v in views}
    assert set(by_name) == {"weather_by_origin_hour", "route_carrier_stats"}
    assert all(v["meta"]["materializationIntervals"] for v in views)


def test_every_seeded_defect_has_its_alert(embedded, first_runs):
    feed = json.loads(
        (Path(embedded["data_dir"]) / "feast/offline/feed.json").read_text()
    )
    alerts = {
        a["kind"]: a["values"] for a in first_runs["data_validation_pipeline"].alerts
    }
    seeded = {d["kind"] for d in feed["defects"] if d["rows"]}
    assert seeded == {
        *("missing", "duplicates", "out_of_range", "stale", "drift", "anomaly")
    }
    for defect in feed["defects"]:
        where = f"{defect['table']}.{defect['column']}"
        if defect["kind"] == "anomaly":
            assert alerts["anomaly"]["rate"] > 0.1
        elif defect["kind"] == "drift":
            assert where in alerts["drift"]
        else:
            assert where in alerts[f"quality.{defect['kind']}"]
    found = alerts["quality.out_of_range"]["flights.distance"]
    wanted = next(d["rows"] for d in feed["defects"] if d["column"] == "distance")
    # Some of them came twice.
    assert wanted <= found <= wanted * 1.1


def test_the_report_stands_alone(first_runs):
    title, kind, body = first_runs["data_validation_pipeline"].reports["data_quality"]
    html = body.decode()
    assert (title, kind) == ("Data quality", "text/html")
    assert html.count("<svg") >= 3 and "visib" in html and "drifted" in html
    assert "<script" not in html and "<link" not in html and "url(http" not in html
    # Names of namespaces are no addresses to load from.
    assert 'src="http' not in html and "@import" not in html
    assert len(body) < 2_000_000


class TestVariables:
    @pytest.mark.parametrize(
        "key", ["model_accuracy_threshold", "model_f1_threshold"]
    )
    def test_a_threshold_too_high_leads_to_skipping(self, harness, first_runs, key):
        changed = harness.changed(variables={key: "0.999"})
        run = replay_gate(changed, first_runs["model_training_pipeline"])
        assert run.tasks["gate"].outputs == {"chosen": False}
        assert run.tasks["register"].state == "skipped"
        assert run.tasks["skip_registration"].state == "success"
        assert run.state == "success"
        reasons = run.tasks["skip_registration"].outputs["reasons"]
        assert len(reasons) == 1 and "is not above 0.999" in reasons[0]

    def test_fewer_days_read_fewer_rows(self, harness, first_runs):
        week = first_runs["feature_materialization"].tasks["materialize"].outputs
        day = only(
            harness.changed(variables={"feature_materialization_days": "1"}),
            "feature_materialization",
            "materialize",
        )
        assert day.state == "success", day.log
        length = pd.Timestamp(day.outputs["end"]) - pd.Timestamp(day.outputs["start"])
        assert length == pd.Timedelta(days=1)
        for view, rows in week["rows"].items():
            assert 0 < day.outputs["rows"][view] < rows / 5

    @pytest.mark.parametrize("text", ["0", "-1", "seven", "1.5", "124", "", "٣"])
    def test_days_that_are_none_fail_with_a_sentence(self, harness, text):
        run = only(
            harness.changed(variables={"feature_materialization_days": text}),
            "feature_materialization",
            "materialize",
        )
        assert run.state == "failed"
        assert "must be a whole number from 1 to 123" in run.log

    def test_another_offline_store_is_filled_and_read(self, harness, tmp_path):
        folder = tmp_path / "other store"
        changed = harness.changed(variables={"feature_offline_store": folder.as_uri()})
        checked = only(changed, "feature_materialization", "validate_store")
        assert checked.state == "success", checked.log
        assert f"The registry now reads" in checked.log and str(folder) in checked.log
        built = only(changed, "model_training_pipeline", "build_features")
        assert built.state == "success", built.log
        assert Path(built.outputs["table"]).parent == folder / "training"
        back = only(harness, "feature_materialization", "validate_store")
        assert back.state == "success" and "The registry now reads" in back.log

    @pytest.mark.parametrize(
        "text, words",
        [
            ("s3:///feast", "must be an absolute path, a file:/// address or s3://bucket/"),
            ("data/offline", "must be an absolute path, a file:/// address or s3://bucket/"),
        ],
    )
    def test_a_store_that_cannot_be_used_is_refused(self, harness, text, words):
        changed = harness.changed(variables={"feature_offline_store": text})
        for name, task in (
            ("data_validation_pipeline", "check_schema"),
            ("model_training_pipeline", "validate_data"),
        ):
            run = only(changed, name, task)
            assert run.state == "failed" and words in run.log, run.log


class TestConnections:
    nowhere = {"conn_type": "http", "host": "127.0.0.1", "port": 9}

    def test_mlflow_is_where_its_connection_says(self, harness, embedded, first_runs):
        tasks = first_runs["model_training_pipeline"].tasks
        assert embedded["urls"]["mlflow"] in tasks["train"].log
        run = only(
            harness.changed(connections={"mlflow_default": self.nowhere}),
            "model_training_pipeline",
            "register",
            {"train": tasks["train"].outputs},
        )
        assert run.state == "failed" and "port=9" in run.log, run.log

    def test_the_feature_server_is_where_its_connection_says(self, harness):
        run = only(
            harness.changed(connections={"feast_default": self.nowhere}),
            "feature_materialization",
            "check_online",
        )
        assert run.state == "failed"
        assert "http://127.0.0.1:9 of the connection feast_default" in run.log

    def test_without_them_the_registry_is_the_feature_servers(self, harness):
        lacking = harness.changed(connections={"feast_default": self.nowhere})
        run = only(lacking, "feature_materialization", "validate_store")
        assert run.state == "success", run.log
        run = only(lacking, "feature_materialization", "materialize")
        assert run.state == "failed" and "127.0.0.1:9" in run.log, run.log

    def test_the_extra_says_where_registry_and_online_store_are(
        self, harness, tmp_path
    ):
        seeded = harness.connections["feast_default"]
        half = {**seeded, "extra": {"registry": seeded["extra"]["registry"]}}
        lacking = harness.changed(connections={"feast_default": half})
        run = only(lacking, "feature_materialization", "validate_store")
        assert run.state == "failed"
        assert "lacks online_store" in run.log
        empty = {
            **seeded,
            "extra": {
                "registry": str(tmp_path / "registry.db"),
                "online_store": str(tmp_path / "online.db"),
            },
        }
        run = only(
            harness.changed(connections={"feast_default": empty}),
            "feature_materialization",
            "validate_store",
        )
        assert run.state == "failed"
        assert "has no feature view" in run.log, run.log


def test_a_wrong_column_fails_the_run(harness, embedded, tmp_path):
    folder = tmp_path / "store"
    shutil.copytree(Path(embedded["data_dir"]) / "feast/offline", folder)
    weather = folder / "landing/weather.parquet"
    rows = pd.read_parquet(weather).rename(columns={"temp": "temperature"})
    rows["humid"] = rows["humid"].astype(str)
    rows.to_parquet(weather)
    changed = harness.changed(variables={"feature_offline_store": str(folder)})
    run = changed.run("data_validation_pipeline")
    assert run.state == "failed"
    assert run.tasks["check_schema"].state == "failed"
    assert run.tasks["make_report"].state == "upstream_failed"
    (alert,) = run.alerts
    assert (alert["kind"], alert["severity"]) == ("schema", "critical")
    assert "weather.temp is missing" in alert["message"]
    assert "weather.humid must hold numbers" in alert["message"]


def test_two_materializations_and_a_set_up_at_once(harness, embedded):
    import subprocess
    import sys

    def set_up():
        return subprocess.run(
            [
                *(sys.executable, "-m", "maestro_flights.setup"),
                *("--data-dir", embedded["data_dir"]),
            ],
            capture_output=True,
            text=True,
        )

    with ThreadPoolExecutor(3) as pool:
        runs = [
            pool.submit(harness.run, "feature_materialization") for _ in range(2)
        ]
        setup = pool.submit(set_up)
        for run in runs:
            check_expected("feature_materialization", run.result())
        assert setup.result().returncode == 0, setup.result().stderr


def replay_gate(harness, before: Run) -> Run:
    """The tasks from the gate on, with the outputs of a run before it."""
    real = harness.task

    def known(pipeline, task, scope, run_id):
        if task["id"] in ("validate_data", "build_features", "train", "evaluate"):
            return before.tasks[task["id"]]
        return real(pipeline, task, scope, run_id)

    harness.task = known
    return harness.run("model_training_pipeline")
