/**
 * DAG folders of Airflow on Maestro.
 *
 * @packageDocumentation
 */
export { readDagFolder, type ReadDagFolderOptions } from './readDagFolder';
export type { DagFolderReading, DagPipeline } from './parse/DagFolder';
export type { CompiledDag } from './compile/compileDag';
export type { DagProblem } from './compile/Findings';
export { airflowEnvironment, pythonSources } from './parse/airflowEnvironment';
export {
  DEFAULT_PARSE_LIMITS,
  ParseProcessError,
  type ParseLimits,
} from './parse/ParseProcess';
export * from './execution';
export { maestroModuleAirflow as default } from './module';
