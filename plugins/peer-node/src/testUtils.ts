/**
 * Real servers for tests of those who talk to them.
 *
 * @packageDocumentation
 */
export { pythonOfTests } from './testUtils/pythonOfTests';
export { ServerProcesses } from './testUtils/ServerProcesses';
export type { StartedProcess } from './testUtils/ServerProcesses';
