export { RunnerClient } from './RunnerClient';
export type { RunnerClientOptions } from './RunnerClient';
export { attemptFiles, runnerInstance } from './attemptFiles';
export type { AttemptFiles } from './attemptFiles';
export type { ProcessRequest, RunnerHealth } from './messages';
