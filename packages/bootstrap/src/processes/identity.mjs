import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

/*
 * A process id alone names nobody for long: ids are used again. With the time
 * the process was started it is a name.
 */

/** Whether a process with this id exists (also one of another user). */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** State and group of a process from /proc; undefined if there is none. */
function statOf(pid) {
  try {
    // After the name in parentheses, which may itself hold spaces and
    // parentheses.
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], group: Number(fields[2]), start: fields[19] };
  } catch {
    // No /proc (macOS), or no such process.
    return undefined;
  }
}

/** Whether anybody of the process group that `pid` leads or led still runs. */
export function isGroupAlive(pid) {
  try {
    process.kill(-pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  if (!fs.existsSync('/proc/self/stat')) return true;
  // A zombie still counts for kill, and where the first process of a container
  // collects none, it would count for ever.
  return fs
    .readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .some(name => {
      const stat = statOf(name);
      return stat?.group === pid && stat.state !== 'Z';
    });
}

/** When the process started, as text to compare; undefined if there is none. */
export function startOf(pid) {
  const stat = statOf(pid);
  // A zombie has ended; only its parent has not looked yet.
  if (stat) return stat.state === 'Z' ? undefined : stat.start;
  if (fs.existsSync('/proc/self/stat')) return undefined;
  try {
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      stdio: 'pipe',
    });
    return text.toString().trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Whether `pid` is still the process that started at `start`. */
export function isSameProcess(pid, start) {
  return isAlive(pid) && startOf(pid) === start;
}

/** The command line of a process, for people; undefined when it cannot be read. */
export function commandOf(pid) {
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], {
      stdio: 'pipe',
    })
      .toString()
      .trim();
  } catch {
    return undefined;
  }
}
