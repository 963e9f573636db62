import { isAlive, isGroupAlive, startOf } from './identity.mjs';

// A process in a system call that cannot be interrupted ends when it returns.
const KILL_MS = 10_000;

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
 * Ends a process and, where it leads a process group, everybody in it: TERM,
 * and KILL for who has not gone after `graceMs`.
 *
 * @returns 'gone' (it was not there), 'ended' or 'killed'
 */
export async function stopProcess(pid, { graceMs = 15_000 } = {}) {
  const allGone = () => isGone(pid) && !isGroupAlive(pid);
  if (allGone()) return 'gone';
  signal(pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (Date.now() < deadline) {
    if (allGone()) return 'ended';
    await pause(50);
  }
  signal(pid, 'SIGKILL');
  const killed = Date.now() + KILL_MS;
  while (!allGone() && Date.now() < killed) await pause(20);
  return 'killed';
}
