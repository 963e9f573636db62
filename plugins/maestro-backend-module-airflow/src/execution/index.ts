export {
  createAirflowExecutor,
  type AirflowEnvironment,
  type AirflowExecutorOptions,
} from './AirflowExecutor';
export { configuredExecutor } from './configuredExecutor';
