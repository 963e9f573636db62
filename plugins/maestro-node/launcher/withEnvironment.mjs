/**
 * Becomes another program, with variables in its environment whose names a
 * shell would drop (`AIRFLOW_CONN_MY-DB`). They come as JSON in a variable of
 * their own: in arguments every user of the machine could read them.
 *
 *   node withEnvironment.mjs PROGRAM [ARGUMENT...]
 */
import { findProgram } from './arguments.mjs';

/** Holds `{ name: value }`. */
export const ODD_ENVIRONMENT = 'MAESTRO_ODD_ENVIRONMENT';

if (process.argv[1] === import.meta.filename) {
  const { [ODD_ENVIRONMENT]: odd, ...env } = process.env;
  const command = process.argv.slice(2);
  const program = findProgram(command[0], env.PATH, process.cwd());
  if (program === undefined) {
    process.stderr.write(`${command[0]}: not found\n`);
    process.exit(127);
  }
  process.execve(program, command, { ...env, ...JSON.parse(odd) });
}
