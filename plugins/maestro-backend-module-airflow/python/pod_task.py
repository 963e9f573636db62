"""The command of an attempt in a pod: runs the task with the Airflow of the
team's image.

    python .maestro-airflow/pod_task.py

It comes to the pod beside the sources of the version. What is printed here goes
to the log of the task, so it says what is missing and what to do.

The environment is that of the task, with MAESTRO_SOURCE. Where the image itself
has the DAG files, MAESTRO_AIRFLOW_DAGS is their folder, and
MAESTRO_AIRFLOW_FILE_SHA256 what the version has as the DAG file.
MAESTRO_AIRFLOW_VERSION is that of the Airflow that read it.
"""

import getpass
import hashlib
import os
import signal
import socket
import sys
import time
import traceback
from importlib import metadata
from urllib.parse import urlsplit

#: Seconds in which the task API must answer: a backend may be starting anew.
ANSWER_WITHIN = 300
#: Seconds that one connection may take.
CONNECT_SECONDS = 5
PAUSE_SECONDS = 2
NEEDED = (
    "The image of the tasks needs the packages apache-airflow and apache-airflow-task-sdk in the"
    " versions of the environment of maestro.airflow that reads the DAG files"
)


def main():
    scripts = os.path.dirname(os.path.abspath(__file__))
    # First, whatever the image says of where modules are found.
    sys.path.insert(0, scripts)
    env = dict(os.environ)
    folder = env.get("MAESTRO_AIRFLOW_DAGS") or env["MAESTRO_SOURCE"]
    # Where the files of the DAG are, for whoever asks from here on.
    os.environ["MAESTRO_SOURCE"] = folder
    check_dag_file(folder, env)
    airflow = check_airflow(env.get("MAESTRO_AIRFLOW_VERSION"))
    wait_for_api(env["MAESTRO_TASK_API_URL"])
    prepare_home()
    prepare_user()
    from maestro_airflow import workload

    # Before there are other threads, which would take it instead.
    workload.leave_term_to_the_task()
    try:
        run = workload.import_airflow()
    except Exception as error:
        # What is missing is named by the error; another one has to be looked for.
        if not isinstance(error, ImportError):
            traceback.print_exc()
        fail(f"{airflow} cannot run tasks ({type(error).__name__}: {error}). {NEEDED}")
    # A DAG file must not find Maestro's own modules.
    own = os.path.realpath(scripts)
    sys.path[:] = [path for path in sys.path if os.path.realpath(path) != own]
    # There is no task yet that could take it.
    end_by_term_if_asked()
    code = run(env, folder)
    sys.stdout.flush()
    sys.stderr.flush()
    end_by_term_if_asked()
    # A signal that ended the task counts as shells count it.
    os._exit(code if code >= 0 else 128 - code)


def end_by_term_if_asked():
    """Dies of a TERM that has come and was left to the task.

    A task whose subprocess was ended by it says "failed", and this process would
    end in good order: the pod would tell a failure of the task, which costs a
    try, where it was evicted. What a task has said before counts all the same."""
    if signal.SIGTERM in signal.sigpending():
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])


def check_dag_file(folder, env):
    """The run is pinned to a version, and the image may have another one."""
    file = env["MAESTRO_AIRFLOW_FILE"]
    path = os.path.join(folder, file)
    try:
        with open(path, "rb") as opened:
            content = opened.read()
    except OSError as error:
        fail(
            f"the DAG file {file} is not in {folder}: {error.strerror}. dagsInImage of the source"
            " names the folder of the image that has what the folder of the source has"
        )
    wanted = env.get("MAESTRO_AIRFLOW_FILE_SHA256")
    if wanted and hashlib.sha256(content).hexdigest() != wanted:
        say(
            f"{path} of the image is not the DAG file of this version: the image counts, and is"
            " older or newer than the folder of the source"
        )


def check_airflow(wanted):
    """Before it is imported: one of another version may only say riddles.

    Which Airflow it is, as a part of a sentence."""
    # From Airflow 3 on the first is only a name for the second.
    for package in ("apache-airflow-core", "apache-airflow"):
        try:
            version = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
        if wanted and version != wanted:
            say(
                f"the image has Airflow {version}, and the DAG file was read by Airflow {wanted}:"
                " what one of them has and the other has not fails here. Use one version in the"
                " image of the tasks and in the environment of maestro.airflow that reads it"
            )
        return f"Airflow {version} of the image"
    fail(f"the Python of the image ({sys.executable}) has no Airflow. {NEEDED}")


def wait_for_api(url):
    """Airflow itself would try for a quarter of an hour and say nothing."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    started = time.monotonic()
    told = False
    while True:
        try:
            socket.create_connection((parts.hostname, port), CONNECT_SECONDS).close()
            return
        except OSError as error:
            advice = f"maestro.taskApi.url must be an address that pods reach, and is {url}"
            if time.monotonic() - started > ANSWER_WITHIN:
                fail(f"the task API does not answer ({error}): {advice}")
            if not told:
                say(f"the task API does not answer yet ({error}): {advice}")
                told = True
            time.sleep(PAUSE_SECONDS)


def prepare_home():
    """Airflow writes a configuration where there is none, and an image may
    belong to another user than that of the pod."""
    home = os.environ.get("AIRFLOW_HOME")
    if home is None or os.access(home, os.W_OK):
        # Without one it is "~/airflow"; the home of the pod is its own.
        return
    own = os.path.expanduser("~")
    if not os.path.exists(os.environ.get("AIRFLOW_CONFIG") or os.path.join(home, "airflow.cfg")):
        os.environ["AIRFLOW_CONFIG"] = os.path.join(own, "airflow.cfg")
    # Nothing is written there, and Airflow makes the folder all the same.
    os.environ.setdefault("AIRFLOW__LOGGING__BASE_LOG_FOLDER", os.path.join(own, "logs"))


def prepare_user():
    """Airflow asks for the name of its user, and the image may know none for
    that of the pod."""
    try:
        getpass.getuser()
    except (ImportError, KeyError, OSError):
        os.environ["USER"] = "airflow"


def say(message):
    sys.stderr.write(f"[maestro] {message}\n")
    sys.stderr.flush()


def fail(message):
    sys.stderr.write(f"The task could not be started: {message}\n")
    sys.stderr.flush()
    sys.exit(1)


if __name__ == "__main__":
    main()
