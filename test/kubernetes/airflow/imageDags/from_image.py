"""A DAG that the image of its tasks has, with a module beside it."""

import os

from airflow.sdk import DAG, task

from beside import WORD

with DAG("from_image", schedule=None, default_args={"owner": "ml-team"}):

    @task
    def say():
        import airflow

        print(f"{WORD} from {__file__} by Airflow {airflow.__version__} as {os.getuid()}")

    say()
