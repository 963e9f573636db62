import fs from 'node:fs';
import path from 'node:path';
import { commandOf } from '../processes/identity.mjs';
import { stopProcess } from '../processes/stop.mjs';

/*
 * The process runner outlives the backend on purpose: tasks go on when the
 * portal crashes, and the next one adopts them. Only an orderly end of
 * everything ends it too.
 */

/** Id of the running process runner of a data directory, if there is one. */
export function runnerOf(dataDir, describe = commandOf) {
  let pid;
  try {
    pid = JSON.parse(
      fs.readFileSync(path.join(dataDir, 'runner/runner.json'), 'utf8'),
    ).pid;
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError)
      return undefined;
    throw error;
  }
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  // The file survives a power cut, and the id in it may be anybody's by then.
  return /runner|launcher/i.test(describe(pid) ?? '') ? pid : undefined;
}

/** Where tasks of Airflow's DAG files have a runner of their own. */
const AIRFLOW = 'airflow-tasks';

/**
 * Ids of the processes that have imported Airflow, one for each Python
 * environment: they are orphans, since they outlive the tasks they fork.
 */
export function forkServersOf(dataDir, describe = commandOf) {
  const folder = path.join(dataDir, AIRFLOW, 'environments');
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true })
    .filter(name => name.endsWith('.pid'))
    .map(name => Number(textOf(path.join(folder, name))))
    .filter(pid => Number.isInteger(pid) && pid > 1)
    .filter(pid => /fork_server\.py/.test(describe(pid) ?? ''));
}

/** One that ends takes its file away, maybe just now: then it is empty. */
function textOf(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

/** Ends the process runners, and with them the tasks they run. */
export async function stopRunner(dataDir) {
  const pids = [dataDir, path.join(dataDir, AIRFLOW)]
    .map(folder => runnerOf(folder))
    .filter(Boolean);
  await Promise.all(pids.map(pid => stopProcess(pid, { graceMs: 20_000 })));
  // After their runner, which ends tasks in order.
  await Promise.all(
    forkServersOf(dataDir).map(pid => stopProcess(pid, { graceMs: 5_000 })),
  );
  return pids.length > 0;
}
