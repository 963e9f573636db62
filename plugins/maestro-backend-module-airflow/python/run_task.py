"""The process of an attempt: asks the fork server for the task, and lives as
long as the task does.

    python -I -S run_task.py SOCKET FORK_SERVER

It hands its standard output and error to the task, so that what the task
writes is in the attempt's log without a copy in between, and ends with the
task's exit code. A fork server that is not there is started here: nobody else
has to watch it. Nothing is imported that is not part of the interpreter itself,
as long as all goes well: this process costs each task its start, and modules
were the larger part of it.

SOCKET is a name in the abstract namespace; FORK_SERVER is the path of
fork_server.py. The environment is that of the task, and in
MAESTRO_AIRFLOW_SERVER the JSON object {"python", "home", "env"} of the server.
"""

import posix
import sys
import time
from _signal import SIG_IGN, SIGHUP, SIGINT, SIGTERM, signal
from _socket import AF_UNIX, SCM_RIGHTS, SO_PEERCRED, SOCK_STREAM, SOL_SOCKET, socket

#: Seconds in which a server must have imported Airflow and taken the task.
START_WITHIN = 180
#: How often a server that dies before it takes the task is started again.
TRIES = 3
#: Seconds until a server that had no room for the task is asked again.
REFUSED_PAUSE = 2


def main():
    name, server_path = sys.argv[1:3]
    env = dict(posix.environ)
    server = env.pop(b"MAESTRO_AIRFLOW_SERVER")
    body = b"\0".join([posix.getcwdb(), *(key + b"=" + env[key] for key in env)])
    refused = None
    for _ in range(TRIES):
        if refused:
            time.sleep(REFUSED_PAUSE)
        connection = connect(name, server_path, server, env[b"MAESTRO_RUNNER"])
        code, refused = run(connection, body)
        if code is not None:
            sys.exit(code)
    if refused:
        fail(
            f"there is no room for its process on this machine ({refused}). Raise the limit of"
            " processes (ulimit -u, pids.max of the container) or of memory, or run fewer tasks"
            " at once"
        )
    fail(
        "the process that imports Airflow ended before it took the task. Its log ends with:\n"
        + last_lines(server)
    )


def connect(name, server_path, server, runner):
    """A connection to the server, started when nobody answers."""
    started = time.monotonic()
    pause = 0.005
    while True:
        connection = socket(AF_UNIX, SOCK_STREAM)
        try:
            connection.connect("\0" + name)
        except ConnectionRefusedError:
            connection.close()
            if pause == 0.005:
                start_server(name, server_path, server, runner)
            if time.monotonic() - started > START_WITHIN:
                fail(f"no fork server answered within {START_WITHIN} s")
            time.sleep(pause)
            pause = min(pause * 2, 0.25)
            continue
        if peer_user(connection) != posix.getuid():
            fail("the fork server's name is taken by another user of this machine")
        return connection


def peer_user(connection):
    # Process, user and group, each an int.
    credentials = connection.getsockopt(SOL_SOCKET, SO_PEERCRED, 12)
    return int.from_bytes(credentials[4:8], sys.byteorder)


def start_server(name, server_path, server, runner):
    """Starts it in a session of its own, as an orphan: it outlives this task
    and is no part of it. Of several that start at once, all but one find the
    name taken and end."""
    import json
    import os

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


def run(connection, body):
    """The exit code of the task, or None when the server was not there for it;
    and why it did not take it, if it says so."""
    try:
        connection.sendmsg(
            [len(body).to_bytes(4, "big")],
            [(SOL_SOCKET, SCM_RIGHTS, b"".join(fd.to_bytes(4, sys.byteorder) for fd in (1, 2)))],
        )
        connection.sendall(body)
        # It may still import Airflow.
        connection.settimeout(START_WITHIN)
        said = connection.recv(1)
        if said == b"-":
            return None, connection.recv(1000).decode(errors="replace") or "it does not say why"
        if said != b"+":
            return None, None
        connection.settimeout(None)
    except TimeoutError:
        fail(f"the fork server did not take it within {START_WITHIN} s")
    except (BrokenPipeError, ConnectionResetError):
        return None, None
    # The launcher tells the task itself; this process stays to the end.
    for number in (SIGTERM, SIGINT, SIGHUP):
        signal(number, SIG_IGN)
    # Held open, they would keep readers of the log waiting for this process.
    said = connection.recv(2)
    if said[:1] == b"!":
        sys.stderr.write(f"The process of the task was ended by signal {said[1]}\n")
        return 128 + said[1], None
    if said:
        return said[1], None
    sys.stderr.write("The process that ran the task was killed\n")
    return 137, None


def last_lines(server):
    import json
    import os

    path = os.path.join(json.loads(server)["home"], "server.log")
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-20:])
    except FileNotFoundError:
        return "(nothing)\n"


def fail(message):
    sys.stderr.write(f"The task could not be started: {message}\n")
    sys.exit(1)


main()
