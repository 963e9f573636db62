/**
 * DAG folders of Airflow on Maestro.
 *
 * @packageDocumentation
 */
export { readDagFolder, type ReadDagFolderOptions } from './readDagFolder';
export type { DagFolderReading, DagPipeline } from './parse/DagFolder';
export type { AirflowPods } from './compile/inPod';
export type { CompiledDag } from './compile/compileDag';
export type { DagProblem } from './compile/Findings';
export type { ParseLimits } from './parse/ParseProcess';
export {
  createAirflowExecutor,
  type AirflowTaskEnvironment,
  type AirflowExecutorOptions,
} from './execution/AirflowExecutor';
export type { TriggerLimits } from './execution/TriggerProcess';
export { maestroModuleAirflow as default } from './module';
