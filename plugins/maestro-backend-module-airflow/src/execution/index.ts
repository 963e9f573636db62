export {
  AIRFLOW_EXECUTOR,
  createAirflowExecutor,
  type AirflowEnvironment,
  type AirflowExecutorOptions,
} from './AirflowExecutor';
