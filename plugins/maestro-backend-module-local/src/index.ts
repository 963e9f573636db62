/**
 * Executor of Maestro: processes on this machine.
 *
 * @packageDocumentation
 */
export { maestroModuleLocalExecutor as default } from './module';
export { createLocalExecutor } from './LocalExecutor';
export type { LocalExecutorOptions } from './LocalExecutor';
