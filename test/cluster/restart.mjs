import {
  componentsOf,
  recordOf,
  runningPid,
  startComponent,
} from './processes.mjs';

/**
 * Starts a component that was ended again, with the command line `up` used.
 *
 * @returns its process id
 * @throws when there is no such component or it still runs
 */
export function restart(settings, component) {
  const record = recordOf(settings, component);
  if (!record)
    throw new Error(
      `The cluster ${
        settings.name
      } has no component ${component}. It has: ${componentsOf(settings).join(
        ', ',
      )}.`,
    );
  const pid = runningPid(settings, component);
  if (pid) throw new Error(`${component} still runs (${pid}): end it first.`);
  return startComponent(settings, component, record.args);
}
