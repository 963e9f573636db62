/** What Airflow must not do in a task, whatever its own defaults are. */
export const AIRFLOW_SETTINGS = {
  AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
  AIRFLOW__CORE__UNIT_TEST_MODE: 'False',
  // A DAG that its file does not have will not come: the file is pinned, or that
  // of an image. Airflow would look three times more, a minute apart.
  AIRFLOW__WORKERS__MISSING_DAG_RETRIES: '0',
  // Logs are the attempt's standard output, and its lines JSON.
  AIRFLOW__LOGGING__REMOTE_LOGGING: 'False',
  // Whether a task lives is known from the listing of its processes, and a
  // scheduler that is away is no reason to end it.
  AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL: '30',
  AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS: '1000000',
  AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT: '86400',
  // A quarter of an hour, in which the next one comes up.
  AIRFLOW__WORKERS__EXECUTION_API_RETRIES: '120',
  AIRFLOW__WORKERS__EXECUTION_API_RETRY_WAIT_MIN: '0.2',
  AIRFLOW__WORKERS__EXECUTION_API_RETRY_WAIT_MAX: '10',
};
