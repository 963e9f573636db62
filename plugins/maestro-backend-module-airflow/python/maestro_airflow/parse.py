"""A long-lived process that reads DAG files for Maestro.

Requests are JSON lines on stdin, replies JSON lines on stdout:

    {"id": 1, "op": "scan", "folder": "/dags"}
        -> {"id": 1, "files": {"a.py": {"hash": "...", "dag": true}, ...},
            "problems": [...]}
           or {"id": 1, "changed": "/venv/…/a.py"} when the environment is not the
           one that is imported: it wants to be started anew
    {"id": 2, "op": "parse", "folder": "/dags", "file": "a.py",
     "limits": {"seconds": 30, "memoryBytes": 536870912, "processes": 32}}
        -> {"id": 2, "file": "a.py", "dags": [...], "errors": [...], ...}
    {"id": 3, "op": "follow", "imported": ["/venv/…/b.py"]}
        -> {"id": 3}: what another process has imported of the environment

Airflow is imported once, here. Each file is read in a fork of its own with
limits (see `confine`), so that one that loops, forks, exits or eats memory
hurts only itself. It ends when its stdin does.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import sys
import traceback

# Before Airflow: what a file prints must not get among the replies.
_REPLIES = os.fdopen(os.dup(1), "w", encoding="utf-8", closefd=True)
os.dup2(2, 1)

PR_SET_CHILD_SUBREAPER = 36


def reply(message: dict) -> None:
    # `allow_nan`: JSON has no NaN, and other parsers refuse it.
    _REPLIES.write(json.dumps(message, allow_nan=False, default=str) + "\n")
    _REPLIES.flush()


#: What a file may say: what else stands in an answer is ours.
SAID = ("dags", "errors", "notes", "reads", "killed", "late", "imported")
#: Of it what it has imported of the environment.
IMPORTED = "imported"


def _of_file(said: object) -> dict:
    """A file runs in the process that says it, and may say anything."""
    if not isinstance(said, dict):
        return {"killed": "it wrote something else where its DAGs are told"}
    return {name: said[name] for name in SAID if name in said}


def _describe_alone(describe_file, folder: str, file: str, environment) -> dict:
    # In the fork: what it writes there would be taken for an answer of ours.
    _REPLIES.close()
    said = describe_file(folder, file)
    # What lies in the folder is looked at with it, also where it is installed.
    own = (os.path.join(folder, ""), os.path.join(os.path.realpath(folder), ""))
    return {
        **said,
        IMPORTED: [path for path in environment.new_modules() if not path.startswith(own)],
    }


def adopt_orphans() -> None:
    """Processes that a file leaves behind become ours, to be found and ended."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def main() -> None:
    adopt_orphans()
    import airflow
    from airflow.settings import dispose_orm

    from maestro_airflow import airflow2, scan
    from maestro_airflow.confine import Limits, confined
    from maestro_airflow.describe import describe_file, know_modules
    from maestro_airflow.environment import Environment
    from maestro_airflow.preload import preload, preload_always

    airflow2.install()
    preload_always()
    # What an import may have opened must not be shared by forks.
    dispose_orm(do_log=False)
    gc.collect()
    gc.freeze()
    environment = Environment()
    reply(
        {
            "ready": True,
            "airflow": airflow.__version__,
            "python": sys.version.split()[0],
            "environment": environment.fingerprint(),
        }
    )
    scans = scan.Scans()
    for line in sys.stdin:
        request = json.loads(line)
        answer: dict = {"id": request["id"]}
        try:
            if request["op"] == "follow":
                environment.follow_installed(request["imported"])
                reply(answer)
                continue
            folder = request["folder"]
            if request["op"] == "scan":
                if changed := environment.changed():
                    answer["changed"] = changed
                else:
                    answer.update(scans.scan(folder))
            elif request["op"] == "parse":
                file = request["file"]
                preload(os.path.join(folder, file))
                environment.follow_modules()
                know_modules()
                said = confined(
                    lambda: _describe_alone(describe_file, folder, file, environment),
                    Limits.of(request["limits"]),
                )
                if isinstance(said, dict):
                    environment.follow_installed(said.get(IMPORTED))
                answer.update(_of_file(said))
                answer["file"] = file
            else:
                answer["failure"] = f"unknown operation {request['op']!r}"
        except Exception as error:  # a reply is owed, whatever happens
            traceback.print_exc()
            answer["failure"] = f"{type(error).__name__}: {error}"
        reply(answer)


if __name__ == "__main__":
    main()
