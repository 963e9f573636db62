"""The process of an attempt: asks the fork server for the task, and lives as
long as the task does.

    python -I -S run_task.py SOCKET FORK_SERVER

It hands its standard output and error to the task, so that what the task
writes is in the attempt's log without a copy in between, and ends with the
task's exit code. A fork server that is not there is started here: nobody else
has to watch it. Only the standard library, and little of it: this process
costs each task its start.

SOCKET is a name in the abstract namespace; FORK_SERVER is the path of
fork_server.py. The environment is that of the task, and in
MAESTRO_AIRFLOW_SERVER the JSON object {"python", "home", "env"} of the server.
"""

import json
import os
import socket
import sys
import time
from _socket import CMSG_SPACE, SCM_RIGHTS, SOL_SOCKET  # noqa: F401

#: Seconds in which a server must have imported Airflow and taken the task.
START_WITHIN = 180
#: How often a server that dies before it takes the task is started again.
TRIES = 3
#: Seconds until a server that had no room for the task is asked again.
REFUSED_PAUSE = 2


def main():
    name, server_path = sys.argv[1:3]
    env = dict(os.environ)
    server = json.loads(env.pop("MAESTRO_AIRFLOW_SERVER"))
    body = json.dumps({"env": env, "cwd": os.getcwd()}).encode()
    refused = None
    for _ in range(TRIES):
        if refused:
            time.sleep(REFUSED_PAUSE)
        connection = connect(name, server_path, server, env["MAESTRO_RUNNER"])
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
        + last_lines(os.path.join(server["home"], "server.log"))
    )


def connect(name, server_path, server, runner):
    """A connection to the server, started when nobody answers."""
    started = time.monotonic()
    pause = 0.005
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
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
        if peer_user(connection) != os.getuid():
            fail("the fork server's name is taken by another user of this machine")
        return connection


def peer_user(connection):
    import struct

    credentials = connection.getsockopt(SOL_SOCKET, socket.SO_PEERCRED, 12)
    return struct.unpack("3i", credentials)[1]


def start_server(name, server_path, server, runner):
    """Starts it in a session of its own, as an orphan: it outlives this task
    and is no part of it. Of several that start at once, all but one find the
    name taken and end."""
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
    return {
        "MAESTRO_ROOM_A": "a" * (attempt - len("MAESTRO_ROOM_A=")),
        "MAESTRO_ROOM_R": "r" * (len("MAESTRO_RUNNER=" + runner) - len("MAESTRO_ROOM_R=")),
        # setproctitle would write titles over them.
        "SPT_NOENV": "1",
    }


def run(connection, body):
    """The exit code of the task, or None when the server was not there for it;
    and why it did not take it, if it says so."""
    try:
        connection.sendmsg(
            [len(body).to_bytes(4, "big")],
            [(SOL_SOCKET, SCM_RIGHTS, fds_of((1, 2)))],
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
    except socket.timeout:
        fail(f"the fork server did not take it within {START_WITHIN} s")
    except (BrokenPipeError, ConnectionResetError):
        return None, None
    import signal

    # The launcher tells the task itself; this process stays to the end.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # Held open, they would keep readers of the log waiting for this process.
    code = connection.recv(1)
    if code:
        return code[0], None
    sys.stderr.write("The process that ran the task was killed\n")
    return 137, None


def fds_of(fds):
    import array

    return array.array("i", fds)


def last_lines(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-20:])
    except FileNotFoundError:
        return "(nothing)\n"


def fail(message):
    sys.stderr.write(f"The task could not be started: {message}\n")
    sys.exit(1)


main()
