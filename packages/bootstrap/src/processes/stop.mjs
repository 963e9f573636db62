import { isAlive, startOf } from './identity.mjs';

const pause = milliseconds =>
  new Promise(resolve => {
    setTimeout(resolve, milliseconds);
  });

function signal(pid, name) {
  // The whole group where the process leads one, so that no child stays behind.
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, name);
      return;
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
}

const isGone = pid => !isAlive(pid) || startOf(pid) === undefined;

/**
 * Ends a process: TERM, and KILL when it has not gone after `graceMs`.
 *
 * @returns 'gone' (it was not there), 'ended' or 'killed'
 */
export async function stopProcess(pid, { graceMs = 15_000 } = {}) {
  if (isGone(pid)) return 'gone';
  signal(pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (Date.now() < deadline) {
    if (isGone(pid)) return 'ended';
    await pause(50);
  }
  signal(pid, 'SIGKILL');
  while (!isGone(pid)) await pause(20);
  return 'killed';
}
