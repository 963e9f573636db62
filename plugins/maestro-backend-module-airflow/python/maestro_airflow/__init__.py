"""What Maestro runs inside a Python environment that has Airflow.

Standard library, Airflow and what Airflow itself depends on; nothing of
Airflow's services, no database.
"""
