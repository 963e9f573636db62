import fs from 'node:fs';

/*
 * What a portal has started is known by its data directory: it stands in the
 * command line, the environment or the working directory of each of its
 * processes. Linux only: there is no /proc elsewhere.
 */

function read(file) {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    // The process ended between the listing and the look, or is not ours.
    return '';
  }
}

function folderOf(pid) {
  try {
    return fs.readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    // As above.
    return '';
  }
}

/** Resident memory in bytes; 0 when the process is gone. */
export function residentBytes(pid) {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`));
  return match ? Number(match[1]) * 1024 : 0;
}

/** Whether the process lives; a zombie has ended. */
export function isRunning(pid) {
  return /^State:\s+[^ZX]/m.test(read(`/proc/${pid}/status`));
}

/**
 * Living processes that belong to a folder, other than this one and the ones
 * that started it.
 *
 * @returns `{pid, command}` of each
 */
export function processesOf(folder) {
  const own = new Set([process.pid, process.ppid]);
  return fs
    .readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && !own.has(Number(name)))
    .filter(
      pid =>
        read(`/proc/${pid}/cmdline`).includes(folder) ||
        read(`/proc/${pid}/environ`).includes(folder) ||
        folderOf(pid).startsWith(folder),
    )
    .filter(isRunning)
    .map(pid => ({
      pid: Number(pid),
      command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim(),
    }));
}
