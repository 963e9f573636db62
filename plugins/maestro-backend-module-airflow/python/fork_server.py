"""Imports Airflow once and forks for each task.

    python fork_server.py SOCKET HOME

One for a Python environment on a host, started by run_task.py when it is
missing. It never runs code of a DAG file itself: every fork begins with the
same fresh modules, environment and descriptors, and nothing that a task does
can reach the next one. It ends when it was idle for a while, when HOME is gone,
or when what it has imported is not what is installed any more.

A fork is the task and its supervisor in one (maestro_airflow/supervise.py). It
carries the marks of the attempt in its environment block, so that the launcher
finds and ends it like anything else that the attempt started.
"""

import ctypes
import fcntl
import functools
import gc
import os
import selectors
import signal
import socket
import struct
import sys
import time

#: Seconds without a task after which it ends: it holds some 150 MB.
IDLE_SECONDS = 600
#: A server that has become larger makes room for a new one, in bytes.
MAX_RESIDENT = 1024 * 1024 * 1024
#: How often it looks at HOME and at the clock, in seconds.
LOOK_SECONDS = 2
#: How long it waits when the machine has no room for a connection, in seconds.
FULL_SECONDS = 0.5
#: How long whoever asks may take to say what for.
RECEIVE_SECONDS = 5
#: A task that is larger than this before it begins is refused, in bytes.
MAX_REQUEST = 64 * 1024 * 1024

#: Of Linux, for x86_64 and arm64.
LARGE_PAGE = 2 * 1024 * 1024
MADV_COLLAPSE = 25

#: What tasks import when they begin, and what most files of DAGs do.
OFTEN_IMPORTED = (
    "airflow.dag_processing.bundles.local",
    "airflow.dag_processing.dagbag",
    "airflow.sdk._shared.logging.factory",
    "airflow.sdk.definitions.asset.metadata",
    "airflow.sdk.definitions.connection",
    "airflow.sdk.definitions.decorators",
    "airflow.sdk.definitions.variable",
    "airflow.version",
    "encodings.idna",
    "jinja2.ext",
    "setproctitle",
    *(
        f"airflow.providers.standard.{name}"
        for name in (
            "decorators.python",
            "operators.bash",
            "operators.empty",
            "operators.python",
            "sensors.python",
        )
    ),
)

libc = ctypes.CDLL(None, use_errno=True)

#: Where the logs go: in a fork the log of its task, whatever a task puts in the
#: place of its standard output.
LOG_FD = os.dup(1)


def main():
    name, home = sys.argv[1:3]
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind("\0" + name)
    except OSError as error:
        import errno

        if error.errno == errno.EADDRINUSE:
            return
        raise
    # Whoever comes from now on waits until Airflow is imported.
    listener.listen(1024)
    # For whoever ends everything of this installation: it is nobody's child.
    with open(os.path.join(home, f"{name}.pid"), "w", encoding="ascii") as file:
        file.write(str(os.getpid()))
    run_task, preload, environment = import_airflow()
    settle()
    serve(listener, home, run_task, preload, environment)


def settle():
    """What is imported is for forks to share: no collection of theirs looks at it,
    and a fork copies one entry for 2 MiB of it where it would copy 512."""
    gc.collect()
    gc.freeze()
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
        areas = [line.split() for line in file]
    for bounds, access, _, _, _, *path in areas:
        if access == "rw-p" and path in ([], ["[heap]"]):
            start, end = (int(bound, 16) for bound in bounds.split("-"))
            start, end = -(-start // LARGE_PAGE) * LARGE_PAGE, end // LARGE_PAGE * LARGE_PAGE
            if start < end:
                # Where the kernel cannot, or may not, all stays as it is.
                libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), MADV_COLLAPSE)


def import_airflow():
    """Everything that the tasks of nearly all DAGs need."""
    from pydantic import JsonValue

    from airflow.sdk.api import client
    from airflow.sdk.api.client import Client
    from airflow.sdk.api.datamodels._generated import BundleInfo, TaskInstance
    from airflow.sdk.execution_time import supervisor, task_runner
    from airflow.sdk.log import configure_logging
    from airflow.settings import dispose_orm

    from maestro_airflow import (
        airflow2,
        attributes,
        dag_callback,
        deferral,
        from_trigger,
        refusals,
        supervise,
    )
    from maestro_airflow.attempt import workload_of
    from maestro_airflow.environment import Environment
    from maestro_airflow.preload import preload
    from maestro_airflow.rehearse import rehearse

    airflow2.install()
    attributes.install()
    deferral.install()
    from_trigger.install()
    dag_callback.install()
    refusals.install()
    supervise.install()

    for module in OFTEN_IMPORTED:
        try:
            __import__(module)
        except ImportError:
            # An environment may do without them.
            pass

    # Rendered fields make the same one three times.
    task_runner.TypeAdapter = functools.cache(task_runner.TypeAdapter)
    task_runner.TypeAdapter(JsonValue)
    dispose_orm(do_log=False)
    # It would hide the marks from a launcher that is not root. What it guards
    # against, a task that reads the memory of its supervisor, gains nothing
    # here: the token is in the environment of the task anyway.
    supervisor._make_process_nondumpable = lambda: None
    # 60 ms of each task: it reads the certificates of all authorities.
    Client._get_ssl_context_cached(client.API_SSL_CA_FILE_PATH, client.API_SSL_CERT_PATH)
    # Without a buffer: the handler of a signal may write while the task does.
    configure_logging(output=open(LOG_FD, "wb", buffering=0), json_output=True)

    def run_task(env):
        workload = workload_of(env, env["MAESTRO_SOURCE"])
        return supervisor.supervise_task(
            ti=TaskInstance(**workload["ti"]),
            bundle_info=BundleInfo(**workload["bundle_info"]),
            dag_rel_path=workload["dag_rel_path"],
            token=workload["token"],
            server=os.environ["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"],
        )

    try:
        rehearse()
    except Exception as error:
        # Tasks are slower without it, and say themselves what is wrong.
        print(f"the rehearsal of a task failed: {error!r}", file=sys.stderr, flush=True)
    return run_task, preload, Environment()


def serve(listener, home, run_task, preload, environment):
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    ended, end_of_child = os.pipe()
    os.set_blocking(ended, False)
    os.set_blocking(end_of_child, False)
    selector.register(ended, selectors.EVENT_READ)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(end_of_child, warn_on_full_buffer=False)
    #: The task's connection to who asked for it, by pid.
    children = {}
    used_at = time.monotonic()
    is_open = True
    while True:
        ready = [key.fileobj for key, _ in selector.select(LOOK_SECONDS)]
        if ended in ready:
            os.read(ended, 4096)
        reap(children)
        if listener in ready and (connection := accept(listener)):
            if request := receive(connection):
                if prepare(request[0]["env"], preload):
                    environment.follow_modules()
                    settle()
                pid = fork_for(connection)
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    selector.close()
                    # Who asked for another task must see the end of that one.
                    for other in (listener, *children.values()):
                        other.close()
                    os.close(ended)
                    os.close(end_of_child)
                    run_fork(connection, request, run_task)
                for fd in request[1:]:
                    os.close(fd)
                if pid:
                    children[pid] = connection
                    connection = None
            if connection:
                connection.close()
            used_at = time.monotonic()
        elif children:
            used_at = time.monotonic()
        has_home = os.path.isdir(home)
        if not has_home:
            # Nobody can ask for their end any more.
            for pid in children:
                os.kill(pid, signal.SIGKILL)
        is_over = time.monotonic() - used_at > IDLE_SECONDS or bool(environment.changed())
        if is_open and (not has_home or is_over or resident_bytes() > MAX_RESIDENT):
            # Whoever comes now starts the next one.
            selector.unregister(listener)
            listener.close()
            is_open = False
        if not is_open and not children:
            return


def accept(listener):
    """None when it is gone again, or there is no room: it is still asking."""
    try:
        return listener.accept()[0]
    except OSError as error:
        print(f"who asks for a task must wait: {error}", file=sys.stderr, flush=True)
        time.sleep(FULL_SECONDS)
        return None


def fork_for(connection):
    """As os.fork; None when there is no room, which whoever asks is told."""
    try:
        return os.fork()
    except OSError as error:
        print(f"there is no process for a task: {error}", file=sys.stderr, flush=True)
        try:
            connection.sendall(b"-" + os.strerror(error.errno).encode())
        except OSError:
            # It is gone.
            pass
        return None


def resident_bytes():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def reap(children):
    """Whoever asked for a task that ended by a signal is told by which; a task
    that ended of itself has said its exit code, but for one that left at once."""
    for pid in list(children):
        gone, status = os.waitpid(pid, os.WNOHANG)
        if not gone:
            continue
        with children.pop(pid) as connection:
            code = os.waitstatus_to_exitcode(status)
            try:
                connection.send(end_of(code), socket.MSG_DONTWAIT)
            except OSError:
                # It knows.
                pass


def end_of(code):
    """As run_task.py reads it: an exit code, or minus the number of a signal."""
    return b"=" + bytes([code]) if code >= 0 else b"!" + bytes([-code])


#: Files whose imports are known, with their times.
_prepared: set[tuple[str, int]] = set()


def prepare(env, preload):
    """Imports what the DAG file wants of Airflow and its providers, which are
    installed packages: the next task finds it there. Nothing of its own. Whether
    it was a file that it did not know."""
    path = os.path.join(env["MAESTRO_SOURCE"], env["MAESTRO_AIRFLOW_FILE"])
    try:
        stamp = (path, os.stat(path).st_mtime_ns)
        if stamp not in _prepared:
            _prepared.add(stamp)
            preload(path)
            return True
    except (OSError, SyntaxError, ValueError):
        # The task will say so in its own log.
        pass
    return False


def receive(connection):
    """The task, and its standard output and error; None when whoever asked is
    no one of ours, or is gone."""
    _, uid, _ = struct.unpack(
        "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    )
    if uid != os.getuid():
        print(f"a process of user {uid} asked for a task", file=sys.stderr, flush=True)
        return None
    connection.settimeout(RECEIVE_SECONDS)
    fds = []
    try:
        head, fds, _, _ = socket.recv_fds(connection, 4, 2)
        size = int.from_bytes(head, "big")
        body = bytearray()
        while len(head) == 4 and len(fds) == 2 and size <= MAX_REQUEST:
            if len(body) == size:
                connection.settimeout(None)
                return task_of(body), *fds
            piece = connection.recv(min(size - len(body), 1 << 20))
            if not piece:
                break
            body += piece
    except OSError:
        pass
    for fd in fds:
        os.close(fd)
    return None


def task_of(body):
    """Its folder, and each NAME=value of its environment."""
    cwd, *env = os.fsdecode(bytes(body)).split("\0")
    return {"cwd": cwd, "env": dict(entry.split("=", 1) for entry in env)}


def run_fork(connection, request, run_task):
    """Never returns."""
    code = 1
    try:
        task, out, err = request
        mark(task["env"])
        become(task, out, err)
        end_with(connection)
        keep_for_itself(connection)
        connection.send(b"+")
        code = run_task(task["env"])
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
            # The server may be gone.
            connection.send(end_of(code))
        finally:
            os._exit(code)


def mark(env):
    """Writes the marks of the attempt over the room that run_task.py left for
    them: /proc/PID/environ is the memory that the process was started with."""
    block = ctypes.POINTER(ctypes.c_void_p).in_dll(libc, "environ")
    marks = {
        b"MAESTRO_ROOM_A=": b"MAESTRO_ATTEMPT_ID=" + env["MAESTRO_ATTEMPT_ID"].encode(),
        b"MAESTRO_ROOM_R=": b"MAESTRO_RUNNER=" + env["MAESTRO_RUNNER"].encode(),
    }
    written = 0
    for index in range(1 << 20):
        place = block[index]
        if not place:
            break
        text = ctypes.string_at(place)
        for room, value in marks.items():
            if text.startswith(room) and len(text) == len(value):
                ctypes.memmove(place, value, len(value))
                written += 1
    if written != len(marks):
        raise RuntimeError("there is no room for the marks of the attempt")


def become(task, out, err):
    """Environment, descriptors and folder of the attempt."""
    own = {k: v for k, v in os.environ.items() if k.startswith("AIRFLOW_")}
    os.environ.clear()
    # The standard input of a task is a socket, in which the outermost bash sees a
    # remote login and reads ~/.bashrc.
    os.environ.update({**own, "SHLVL": "1", **task["env"]})
    time.tzset()
    # A DAG file must not find Maestro's own modules.
    sys.path.remove(os.path.dirname(os.path.abspath(__file__)))
    # It would be written beside the pinned sources.
    sys.dont_write_bytecode = True
    os.setsid()
    os.chdir(task["cwd"])
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.dup2(out, LOG_FD, inheritable=False)
    os.close(out)
    os.close(err)


def end_with(connection):
    """The kernel kills this process when the one that asked for it is gone."""
    fcntl.fcntl(connection, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(connection, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(connection, fcntl.F_GETFL)
    fcntl.fcntl(connection, fcntl.F_SETFL, flags | os.O_ASYNC)
    try:
        if connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"":
            os._exit(0)
    except BlockingIOError:
        pass


def keep_for_itself(connection):
    """Forks of the task must not hold it: its end is how the launcher learns
    that the task is gone."""
    os.register_at_fork(after_in_child=connection.close)


if __name__ == "__main__":
    main()
