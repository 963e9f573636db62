"""Every way in which a task of Airflow lives, written down by itself.

While a task lives it holds a lock of the kernel, which is given back when the
last of its processes is dead: a second one that lives beside it writes
"overlap". All of them see the password of a connection and show it where they
can.
"""

import fcntl
import os
import random
import time
from contextlib import contextmanager
from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, BaseHook, BaseOperator, get_current_context, task
from storm_triggers import Later

WORLD = os.environ["MAESTRO_WORLD"]


def write(*words):
    with open(f"{WORLD}/world", "a") as file:
        file.write(" ".join(map(str, words)) + "\n")


@contextmanager
def living(context):
    ti = context["ti"]
    key = f"{ti.run_id}.{ti.task_id}.{ti.map_index}"
    with open(f"{WORLD}/locks/{key}", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            write("overlap", key, ti.id)
        write("start", key, ti.id)
        yield key
        write("end", key, ti.id)


def looks(context):
    """Whether this is the third look of the task."""
    with living(context) as key:
        with open(f"{WORLD}/looks.{key}", "a+") as file:
            file.write("x")
            file.seek(0)
            return len(file.read()) >= 3


class Deferred(BaseOperator):
    def execute(self, context):
        with living(context):
            self.defer(trigger=Later(random.uniform(0.2, 3)), method_name="came")

    def came(self, context, event):
        with living(context):
            print("it came with", event)
            return event


with DAG("storm", start_date=datetime(2025, 1, 1), schedule=None, max_active_runs=50):

    @task
    def knows():
        with living(get_current_context()):
            password = BaseHook.get_connection("db").password
            print("the password is", password)
            time.sleep(0.5)
            return {"password": password}

    @task.sensor(poke_interval=0.3, timeout=600, mode="poke")
    def pokes():
        return looks(get_current_context())

    @task.sensor(poke_interval=1, timeout=600, mode="reschedule")
    def reschedules():
        return looks(get_current_context())

    @task(retries=1, retry_delay=timedelta(seconds=1))
    def flaky():
        context = get_current_context()
        with living(context):
            time.sleep(0.3)
            if context["ti"].try_number == 1:
                raise ValueError("the first try fails")

    @task
    def last():
        with living(get_current_context()):
            pass

    rendered = BashOperator(task_id="rendered", bash_command="echo {{ conn.db.password }}")
    command = BashOperator(
        task_id="command",
        bash_command="""
            write() { echo "$1" "$KEY" "$MAESTRO_ATTEMPT_ID" >>"$MAESTRO_WORLD/world"; }
            exec 9>>"$MAESTRO_WORLD/locks/$KEY"
            flock -n 9 || write overlap
            write start; sleep 1.5; write end
        """,
        env={"KEY": "{{ run_id }}.command.-1"},
        append_env=True,
    )
    deferred = Deferred(task_id="deferred")
    knows() >> [rendered, command, pokes(), reschedules(), deferred, flaky()] >> last()
