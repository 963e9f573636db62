import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import {
  componentsOf,
  recordOf,
  runningPid,
  startComponent,
} from './processes.mjs';

const THREADS_MS = 60_000;

/**
 * The first thread of a killed process may be a zombie while others still hold
 * its ports.
 */
async function endOfThreads(pid) {
  const deadline = Date.now() + THREADS_MS;
  while (Date.now() < deadline) {
    let threads;
    try {
      threads = fs.readdirSync(`/proc/${pid}/task`);
    } catch (error) {
      if (error.code === 'ENOENT' || error.code === 'ESRCH') return;
      throw error;
    }
    // The id may belong to somebody else by now: then it is not waited for long.
    if (threads.length <= 1) return;
    await pause(20);
  }
}

/**
 * Starts a component that was ended again, with the command line `up` used.
 *
 * @returns its process id
 * @throws when there is no such component or it still runs
 */
export async function restart(settings, component) {
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
  await endOfThreads(record.pid);
  return startComponent(settings, component, record.args);
}
