export {
  createAirflowExecutor,
  type AirflowEnvironment,
  type AirflowExecutorOptions,
} from './AirflowExecutor';
