"""A DAG of which the image has an older version than the folder."""

from airflow.sdk import DAG, task

with DAG("older_in_image", schedule=None, default_args={"owner": "ml-team"}):

    @task
    def say():
        print("as the image has it")

    say()
