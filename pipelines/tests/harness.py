"""Runs the tasks of a pipeline by the task contract, without Maestro.

It reads the same catalog-info.yaml, gives each task the same environment and a
real task API, and keeps what the task did. Expressions are the small part of
CEL that these pipelines use.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

PIPELINES = Path(__file__).resolve().parents[1]
TEMPLATE = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
SKIPPED = 99


class TaskApi:
    """The task API of one task instance after another: it keeps what it is sent."""

    def __init__(self) -> None:
        self.alerts: dict[str, list[dict]] = {}
        self.reports: dict[str, dict[str, tuple[str, str, bytes]]] = {}
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                api.alerts.setdefault(self.token(), []).append(
                    json.loads(self.body())
                )
                self.done()

            def do_PUT(self) -> None:
                address = urlsplit(self.path)
                title = parse_qs(address.query).get("title", [""])[0]
                name = address.path.removeprefix("/v1/reports/")
                api.reports.setdefault(self.token(), {})[name] = (
                    title,
                    self.headers["Content-Type"],
                    self.body(),
                )
                self.done()

            def token(self) -> str:
                return self.headers["Authorization"].removeprefix("Bearer ")

            def body(self) -> bytes:
                return self.rfile.read(int(self.headers["Content-Length"]))

            def done(self) -> None:
                self.send_response(201)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@dataclass
class TaskResult:
    """What one task did."""

    state: str
    outputs: dict[str, Any] = field(default_factory=dict)
    log: str = ""
    alerts: list[dict] = field(default_factory=list)
    reports: dict[str, tuple[str, str, bytes]] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass
class Run:
    """One run: its tasks by id, and whether all of them ended well."""

    tasks: dict[str, TaskResult]

    @property
    def state(self) -> str:
        states = {t.state for t in self.tasks.values()}
        return "failed" if states & {"failed", "upstream_failed"} else "success"

    @property
    def alerts(self) -> list[dict]:
        return [a for t in self.tasks.values() for a in t.alerts]

    @property
    def reports(self) -> dict[str, tuple[str, str, bytes]]:
        return {k: v for t in self.tasks.values() for k, v in t.reports.items()}


class Pipeline:
    """A pipeline's folder."""

    def __init__(self, name: str) -> None:
        self.folder = PIPELINES / name
        text = (self.folder / "catalog-info.yaml").read_text()
        self.spec = yaml.safe_load(text)["spec"]
        self.tasks = {task["id"]: task for task in self.spec["tasks"]}

    @property
    def expected(self) -> dict[str, Any]:
        return yaml.safe_load((self.folder / "expected.yaml").read_text())

    def default_params(self) -> dict[str, Any]:
        properties = self.spec.get("params", {}).get("properties", {})
        return {k: p["default"] for k, p in properties.items() if "default" in p}

    def of_task(self, task: dict, key: str, default: Any) -> Any:
        return task.get(key, self.spec.get("defaults", {}).get(key, default))


def _resolve(expression: str, scope: dict[str, Any]) -> Any:
    """CEL as far as it is used here: paths, comparisons, &&, ||, double()."""

    class Path_:
        def __init__(self, value: Any) -> None:
            self.value = value

        def __getattr__(self, name: str) -> Any:
            found = self.value[name]
            return Path_(found) if isinstance(found, dict) else found

    source = expression.replace("&&", " and ").replace("||", " or ")
    names = {key: Path_(value) for key, value in scope.items()}
    value = eval(source, {"__builtins__": {}, "double": float}, names)
    return value.value if isinstance(value, Path_) else value


def _render(text: str, scope: dict[str, Any]) -> str:
    def one(match: re.Match) -> str:
        value = _resolve(match[1], scope)
        return value if isinstance(value, str) else json.dumps(value)

    return TEMPLATE.sub(one, text)


@dataclass
class Harness:
    """Connections, variables and a place to work, as Maestro would give them."""

    folder: Path
    connections: dict[str, dict[str, Any]]
    variables: dict[str, str]
    api: TaskApi = field(default_factory=TaskApi)

    def changed(self, connections=None, variables=None) -> Harness:
        """The same with some connections or variables replaced."""
        return Harness(
            self.folder,
            {**self.connections, **(connections or {})},
            {**self.variables, **(variables or {})},
            self.api,
        )

    def run(self, name: str, params: dict[str, Any] | None = None) -> Run:
        """Runs every task, each after those it depends on."""
        pipeline = Pipeline(name)
        scope = {
            "params": {**pipeline.default_params(), **(params or {})},
            "vars": self.variables,
            "tasks": {},
        }
        run_id, results, skipped = str(uuid.uuid4()), {}, set()
        waiting = dict(pipeline.tasks)
        while waiting:
            task = next(
                t
                for t in waiting.values()
                if all(d in results for d in t.get("dependsOn", []))
            )
            task_id = task["id"]
            del waiting[task_id]
            before = {results[d].state for d in task.get("dependsOn", [])}
            if before & {"failed", "upstream_failed"}:
                results[task_id] = TaskResult("upstream_failed")
            elif task_id in skipped or "skipped" in before:
                results[task_id] = TaskResult("skipped")
            elif "branch" in task:
                branch = task["branch"]
                chosen = _resolve(branch["if"].replace("\n", " "), scope)
                skipped |= set(branch.get("else", []) if chosen else branch["then"])
                results[task_id] = TaskResult("success", {"chosen": bool(chosen)})
            else:
                results[task_id] = self.task(pipeline, task, scope, run_id)
            scope["tasks"][task_id] = {"outputs": results[task_id].outputs}
        return Run(results)

    def task(
        self, pipeline: Pipeline, task: dict, scope: dict[str, Any], run_id: str
    ) -> TaskResult:
        """Runs one task in a working directory of links to its sources."""
        attempt = str(uuid.uuid4())
        home = self.folder / attempt
        (home / "work").mkdir(parents=True)
        for entry in pipeline.folder.iterdir():
            (home / "work" / entry.name).symlink_to(entry)
        env = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("MAESTRO_", "AIRFLOW_", "PYTHON", "PYTEST"))
        }
        env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
        env |= {
            "MAESTRO_SOURCE": str(pipeline.folder),
            "MAESTRO_OUTPUT": str(home / "output.json"),
            "MAESTRO_PIPELINE": pipeline.folder.name,
            "MAESTRO_RUN_ID": run_id,
            "MAESTRO_RUN_KEY": f"manual__{run_id}",
            "MAESTRO_TASK_ID": task["id"],
            "MAESTRO_MAP_INDEX": "-1",
            "MAESTRO_TRY_NUMBER": "1",
            "MAESTRO_ATTEMPT_ID": attempt,
            "MAESTRO_TRIGGER": "manual",
            "MAESTRO_PARAMS": json.dumps(scope["params"]),
            "MAESTRO_TASK_API_URL": self.api.url,
            "MAESTRO_TASK_TOKEN": attempt,
            # Tasks run beside each other: threads of OpenMP that wait busily
            # take the processor from those that they wait for.
            "OMP_WAIT_POLICY": "passive",
        }
        for name in pipeline.of_task(task, "connections", []):
            text = json.dumps(self.connections[name])
            env[f"MAESTRO_CONN_{name.upper()}"] = text
            env[f"AIRFLOW_CONN_{name.upper()}"] = text
        for name in pipeline.of_task(task, "variables", []):
            env[f"MAESTRO_VAR_{name.upper()}"] = self.variables[name]
            env[f"AIRFLOW_VAR_{name.upper()}"] = self.variables[name]
        for name, text in task["run"].get("env", {}).items():
            env[name] = _render(text, scope)
        command = [_render(part, scope) for part in task["run"]["command"]]
        started = time.monotonic()
        done = subprocess.run(
            command,
            cwd=home / "work",
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=600,
        )
        output = home / "output.json"
        return TaskResult(
            {0: "success", SKIPPED: "skipped"}.get(done.returncode, "failed"),
            json.loads(output.read_text()) if output.exists() else {},
            done.stdout,
            self.api.alerts.get(attempt, []),
            self.api.reports.get(attempt, {}),
            time.monotonic() - started,
        )


def check_expected(name: str, run: Run) -> None:
    """Fails with the logs unless the run is what expected.yaml says."""
    expected = Pipeline(name).expected
    logs = "\n".join(f"--- {k} {t.state}\n{t.log}" for k, t in run.tasks.items())
    assert {k: t.state for k, t in run.tasks.items()} == expected["tasks"], logs
    assert run.state == expected["run"], logs
    for task, keys in expected["outputs"].items():
        missing = set(keys) - set(run.tasks[task].outputs)
        assert not missing, f"{task} gave no {missing}\n{logs}"
    for task, text in expected.get("logs", {}).items():
        assert text in run.tasks[task].log.splitlines(), logs
    assert set(run.reports) == set(expected["reports"]), logs
    kinds = [a["kind"] for a in run.alerts]
    assert sorted(kinds) == sorted(a["kind"] for a in expected["alerts"]), run.alerts
    for wanted in expected["alerts"]:
        found = next(a for a in run.alerts if a["kind"] == wanted["kind"])
        assert set(wanted["values"]) <= set(found["values"]), found
