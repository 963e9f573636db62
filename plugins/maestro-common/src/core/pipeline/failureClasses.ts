/**
 * Why a try failed: what decides whether it is repeated, and what people see.
 *
 * @packageDocumentation
 */

/**
 * - `exit_code`: the command ended with a code that is not 0
 * - `signal`: a signal from outside ended it
 * - `oom`: the kernel ended it because memory ran out
 * - `timeout`: it ran longer than its timeout
 * - `queued_timeout`: it was ready and did not start in time
 * - `evicted`, `lost`, `launch`: what should run it did not (node full, node
 *   or process gone without a word, could not be started)
 * - `image`, `config`: its image cannot be had; a connection, variable or
 *   setting is wrong
 * - `outputs`: what it handed on cannot be stored
 * - `log_limit`: it wrote more log than it may
 * - `cancelled`: somebody ended it
 * - `http`, `sub_run`: the request, or the run of another pipeline, failed
 * - `wait_timeout`, `rejected`: what it waited for did not come in time; a
 *   person said no
 * - `skipped_exit`: it asked to be skipped (exit code 99), no failure
 *
 * @public
 */
export const FAILURE_CLASSES = [
  'exit_code',
  'signal',
  'timeout',
  'oom',
  'evicted',
  'image',
  'config',
  'launch',
  'lost',
  'outputs',
  'log_limit',
  'cancelled',
  'skipped_exit',
  'queued_timeout',
  'http',
  'sub_run',
  'wait_timeout',
  'rejected',
] as const;

/** @public */
export type FailureClass = (typeof FAILURE_CLASSES)[number];
