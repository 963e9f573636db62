"""The Python side of a Maestro task. Standard library only.

Everything here reads the task contract from the environment, so a task can
also be started by hand: without ``MAESTRO_*`` variables ``params()`` is empty,
``run`` has no identity, and alerts and reports go to the log and to files.
"""

from .connections import Connection, connection, variable
from .context import MissingContext, RunContext, params, run
from .outputs import OutputTooLarge, output
from .task_api import TaskApiError
from .telling import SKIP_EXIT_CODE, alert, report, skip

__all__ = [
    "Connection",
    "MissingContext",
    "OutputTooLarge",
    "RunContext",
    "SKIP_EXIT_CODE",
    "TaskApiError",
    "alert",
    "connection",
    "output",
    "params",
    "report",
    "run",
    "skip",
    "variable",
]
