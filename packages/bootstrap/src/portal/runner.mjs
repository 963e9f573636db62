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

/** Ends the process runner, and with it the tasks it runs. */
export async function stopRunner(dataDir) {
  const pid = runnerOf(dataDir);
  if (pid) await stopProcess(pid, { graceMs: 20_000 });
  return pid !== undefined;
}
