/**
 * Milliseconds of processor time that this process has used: a bound on work
 * that holds on a busy machine as well.
 */
export function cpuTime(): number {
  return process.cpuUsage().user / 1000;
}
