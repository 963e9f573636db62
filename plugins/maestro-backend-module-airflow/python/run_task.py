"""The process of an attempt: asks the fork server for the task, and lives as
long as the task does.

    python -I -S run_task.py SOCKET FORK_SERVER

It hands its standard output and error to the task, so that what the task
writes is in the attempt's log without a copy in between, and ends with the
task's exit code. A fork server that is not there is started here: nobody else
has to watch it. This process costs each task its start: as long as all goes well
nothing is imported that is not part of the interpreter itself, nothing is compiled
that is not needed (the rest is in missing_server.py), and it ends without tidying up.

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
            end(code)
    fail(missing().why_not(server, refused))


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
                missing().start(name, server_path, server, runner)
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


def missing():
    """What is wanted where no server takes the task."""
    # Of its own accord an isolated interpreter finds nothing here.
    sys.path.insert(0, __file__.rpartition("/")[0])
    import missing_server

    return missing_server


def fail(message):
    sys.stderr.write(f"The task could not be started: {message}\n")
    end(1)


def end(code):
    """Without tidying up the interpreter, which takes a tenth of its life."""
    sys.stderr.flush()
    posix._exit(code)


main()
