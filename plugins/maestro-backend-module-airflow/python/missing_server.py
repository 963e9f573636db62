"""The fork server, for whoever asks for a task and finds none (run_task.py)."""

import json
import os


def start(name, server_path, server, runner):
    """Starts it in a session of its own, as an orphan: it outlives this task
    and is no part of it. Of several that start at once, all but one find the
    name taken and end."""
    server = json.loads(server)
    home = server["home"]
    os.makedirs(home, mode=0o700, exist_ok=True)
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        log = os.open(
            os.path.join(home, "server.log"),
            os.O_WRONLY | os.O_APPEND | os.O_CREAT,
            0o600,
        )
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.closerange(3, 256)
        os.chdir("/")
        python = server["python"]
        os.execve(
            python,
            [python, server_path, name, home],
            # Nothing of this task: what it may see is not for the next one.
            {**server["env"], **room_for_marks(runner)},
        )
    finally:
        os._exit(127)


def room_for_marks(runner):
    """Room in the server's environment block: what it forks writes its marks
    there (see fork_server.py). As long as "NAME=value" of both marks."""
    attempt = len("MAESTRO_ATTEMPT_ID=") + 36
    runner = len("MAESTRO_RUNNER=") + len(runner)
    return {
        "MAESTRO_ROOM_A": "a" * (attempt - len("MAESTRO_ROOM_A=")),
        "MAESTRO_ROOM_R": "r" * (runner - len("MAESTRO_ROOM_R=")),
        # setproctitle would write titles over them.
        "SPT_NOENV": "1",
    }


def last_lines(server):
    path = os.path.join(json.loads(server)["home"], "server.log")
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-20:])
    except FileNotFoundError:
        return "(nothing)\n"


def why_not(server, refused):
    """Why a task was not taken: what the server said, or its last words."""
    if refused:
        return (
            f"there is no room for its process on this machine ({refused}). Raise the limit of"
            " processes (ulimit -u, pids.max of the container) or of memory, or run fewer tasks"
            " at once"
        )
    return (
        "the process that imports Airflow ended before it took the task. Its log ends with:\n"
        + last_lines(server)
    )
