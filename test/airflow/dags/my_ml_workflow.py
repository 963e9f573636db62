from datetime import datetime, timedelta

from airflow import DAG
from airflow.providers.cncf.kubernetes.operators.kubernetes_pod import (
    KubernetesPodOperator,
)

default_args = {
    'owner': 'ml-team',
    'retries': 2,
    'retry_delay': timedelta(minutes=5),
}

with DAG(
    'my_ml_workflow',
    default_args=default_args,
    schedule_interval='0 0 * * *',
    start_date=datetime(2025, 1, 1),
    catchup=False,
    tags=['ml', 'custom'],
) as dag:
    task = KubernetesPodOperator(
        task_id='my_task',
        name='my-pod',
        namespace='airflow',
        image='python:3.11-slim',
        cmds=['python', '-c'],
        arguments=['print("Hello from Airflow")'],
    )
