export {
  createAirflowExecutor,
  type AirflowTaskEnvironment,
  type AirflowExecutorOptions,
} from './AirflowExecutor';
export { configuredExecutor } from './configuredExecutor';
