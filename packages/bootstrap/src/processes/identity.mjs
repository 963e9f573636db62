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

/** When the process started, as text to compare; undefined if there is none. */
export function startOf(pid) {
  try {
    // After the name in parentheses, which may itself hold spaces and
    // parentheses, start time is the 20th field (22nd of the line).
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only its parent has not looked yet.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    // No /proc (macOS), or no such process: ps tells which.
  }
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
