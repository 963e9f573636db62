"""Runs the task of an attempt with Airflow's own supervisor, which forks once
for the task, calls the task API for it and writes its log to standard output.

In a pod, where the fork server has a supervisor of its own (supervise.py): what
an attempt is told by its environment becomes what Airflow's executors hand to a
worker.
"""

from __future__ import annotations

import os
import signal
import sys

from maestro_airflow.attempt import workload_of


def import_airflow():
    """Once in a process, before `run`: 2 to 5 s.

    `run(env, folder)` runs the task of the attempt with this environment, whose
    DAG file is below the folder, and says the exit code of its process."""
    from pydantic import TypeAdapter

    from airflow.executors import workloads
    from airflow.executors.base_executor import BaseExecutor
    from airflow.sdk.execution_time import supervisor
    from airflow.sdk.log import configure_logging
    from airflow.settings import dispose_orm

    import airflow.dag_processing.dagbag  # noqa: F401
    import airflow.sdk.execution_time.task_runner  # noqa: F401

    from maestro_airflow import airflow2, dag_callback, deferral, from_trigger, refusals

    airflow2.install()
    deferral.install()
    from_trigger.install()
    dag_callback.install()
    refusals.install()
    dispose_orm(do_log=False)
    # It would hide the marks from a launcher that is not root. What it guards
    # against, a task that reads the memory of its supervisor, gains nothing
    # here: the token is in the environment of the task anyway.
    supervisor._make_process_nondumpable = lambda: None
    _look_often_at_the_end(supervisor.WatchedSubprocess)
    decoder = TypeAdapter(workloads.All)

    def run(env: dict[str, str], folder: str) -> int:
        workload = workload_of(env, folder)
        workload["ti"] |= {"pool_slots": 1, "priority_weight": 1}
        configure_logging(output=sys.stdout.buffer, json_output=True)
        task = {"type": "ExecuteTask", "log_path": None, **workload}
        return BaseExecutor.run_workload(decoder.validate_python(task))

    return run


def _look_often_at_the_end(watched) -> None:
    """A supervisor sleeps for a whole heartbeat when the sockets of its task
    close before the process is gone: the next task would start 5 s later."""
    service = watched._service_subprocess

    def service_soon(self, max_wait_time, *args, **kwargs):
        if not self._open_sockets:
            max_wait_time = 0
        return service(self, max_wait_time, *args, **kwargs)

    watched._service_subprocess = service_soon


def leave_term_to_the_task() -> None:
    """For a process that is going to run one task, before it does.

    Whoever ends the attempt sends TERM to all of its processes: to the task
    too, and a second one, from its supervisor, means "at once" to many."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    parent = os.getpid()

    def after_fork() -> None:
        # Its own forks are as the task makes them.
        if os.getppid() == parent:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])

    os.register_at_fork(after_in_child=after_fork)
