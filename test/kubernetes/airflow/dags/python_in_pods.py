"""Tasks in Python, each in a pod with an image of the team."""

import os
import subprocess
from datetime import timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.python import PythonSensor
from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import DAG, BaseHook, BaseOperator, Variable, task
from airflow.sdk.exceptions import AirflowSkipException
from kubernetes.client import models as k8s

from lib.words import greeting

SOON = {"owner": "ml-team", "retry_delay": timedelta(seconds=1)}


def told(context):
    print(f"callback of {context['ti'].task_id}: {context['exception']}")


def ended(context):
    # As the tasks of the DAG it has their rights, and nothing of this machine.
    key = BaseHook.get_connection("warehouse").password
    print(
        f"{context['reason']} on {os.uname().nodename}, threshold",
        Variable.get("threshold"),
        "key",
        key,
        "after",
        context["ti"].xcom_pull(task_ids="left"),
    )


with DAG("handing_on", schedule=None, default_args=SOON):

    @task
    def first():
        print(f"{greeting('pod')} on {os.uname().nodename}, threshold", Variable.get("threshold"))
        key = BaseHook.get_connection("warehouse").password
        print("key", key)
        # Past all that Airflow itself would hide.
        os.write(2, f"raw {key}\n".encode())
        return {"accuracy": 0.91}

    @task(
        queue="big",
        executor_config={
            "pod_override": k8s.V1Pod(
                metadata=k8s.V1ObjectMeta(labels={"tier": "second"}),
                spec=k8s.V1PodSpec(
                    containers=[
                        k8s.V1Container(name="base", env=[k8s.V1EnvVar(name="TIER", value="two")])
                    ]
                ),
            )
        },
    )
    def second(metrics):
        assert metrics == {"accuracy": 0.91}, metrics
        print("tier", os.environ["TIER"])
        return [1, 2]

    @task
    def each(n):
        print("item", n)
        return n

    shell = BashOperator(
        task_id="shell", bash_command="echo on {{ ds }} {{ var.value.threshold }} in $(pwd)"
    )
    mapped = each.expand(n=second(first()))
    mapped >> shell

with DAG("ends", schedule=None, default_args=SOON, on_failure_callback=ended):

    @task(retries=1, on_retry_callback=told)
    def again(ti=None):
        if ti.try_number == 1:
            raise ValueError("not yet")

    @task(on_failure_callback=told)
    def fails():
        raise ValueError("for good")

    @task
    def skips():
        raise AirflowSkipException("nothing to do")

    @task.branch
    def which():
        return "left"

    @task
    def left():
        return "went left"

    @task
    def right(): ...

    again(), fails(), skips()
    which() >> [left(), right()]


def looked_before():
    # No look can see the one before it but by what it has left.
    if Variable.get("looked", default=None) is None:
        Variable.set("looked", "yes")
        return False
    return True


class Defers(BaseOperator):
    def execute(self, context):
        self.defer(
            trigger=TimeDeltaTrigger(timedelta(seconds=1)), method_name="goes_on"
        )

    def goes_on(self, context, event=None):
        print("goes on at", event)


with DAG("waits", schedule=None, default_args=SOON):
    Defers(task_id="deferred")
    PythonSensor(
        task_id="rescheduled",
        python_callable=looked_before,
        mode="reschedule",
        poke_interval=1,
    )

with DAG("long", schedule=None, default_args=SOON):

    @task
    def sleeps():
        print("asleep", flush=True)
        # TERM ends it, and the task says that it failed.
        subprocess.run(["sleep", "3600"], check=True)

    sleeps()

with DAG("wrong_images", schedule=None, default_args=SOON):

    @task(queue="no_airflow")
    def no_airflow(): ...

    @task(queue="no_python")
    def no_python(): ...

    no_airflow(), no_python()

with DAG("refused", schedule=None, default_args=SOON):

    @task(queue="not_theirs")
    def not_theirs(): ...

    not_theirs()

with DAG("hungry", schedule=None, default_args=SOON):

    @task(queue="grows", retries=1)
    def eats():
        print("ate", len(b"x" * 700_000_000))

    eats()
