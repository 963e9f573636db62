import { readdirSync, readFileSync } from 'node:fs';

/**
 * What /proc says. A process is named by pid *and* start time, because pids
 * come again. A task's processes, wherever they fled to (setsid, double fork),
 * are found by the mark in their environment.
 */

/** In the environment of everything an attempt starts. */
export const ATTEMPT_MARK = 'MAESTRO_ATTEMPT_ID';

/** Says which data directory the attempt belongs to. */
export const RUNNER_MARK = 'MAESTRO_RUNNER';

export function bootId() {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Milliseconds of the one steady clock that all processes of a host have. */
export function monotonicMs() {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

function statOf(pid) {
  let text;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    // Gone, or going: both mean that there is no such process.
    return undefined;
  }
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    state: fields[0],
    group: Number(fields[2]),
    startTime: fields[19],
  };
}

const isDead = state => state === 'Z' || state === 'X' || state === 'x';

/** Clock ticks since boot, as text; undefined when there is no such process. */
export function startTimeOf(pid) {
  return statOf(pid)?.startTime;
}

/** Whether exactly this process still runs (a zombie does not). */
export function isAlive(pid, startTime) {
  const stat = statOf(pid);
  return (
    stat !== undefined && stat.startTime === startTime && !isDead(stat.state)
  );
}

function allPids() {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name));
}

function markOf(pid, runnerId) {
  let environment;
  try {
    environment = readFileSync(`/proc/${pid}/environ`);
  } catch {
    // Gone, or of another user: not ours.
    return undefined;
  }
  if (!environment.includes(`${RUNNER_MARK}=${runnerId}\0`)) {
    return undefined;
  }
  const text = `\0${environment.toString('latin1')}`;
  const from = text.indexOf(`\0${ATTEMPT_MARK}=`);
  if (from < 0) {
    return undefined;
  }
  const start = from + ATTEMPT_MARK.length + 2;
  return text.slice(start, text.indexOf('\0', start));
}

/**
 * Every living process that carries the mark of this data directory:
 * `{ pid, attemptId }`. Reads the whole of /proc: about 10 µs a process.
 */
export function markedProcesses(runnerId) {
  const found = [];
  for (const name of allPids()) {
    const pid = Number(name);
    if (pid === process.pid) {
      continue;
    }
    const attemptId = markOf(pid, runnerId);
    const stat = attemptId === undefined ? undefined : statOf(pid);
    if (stat && !isDead(stat.state)) {
      found.push({
        pid,
        attemptId,
        startTime: stat.startTime,
        group: stat.group,
      });
    }
  }
  return found;
}

/**
 * Looks only at orphans: when a task ended and its group is empty, whatever
 * it left behind was given to the process that reaps orphans here, which is
 * this launcher's own parent (it is started as an orphan itself). Costs some
 * 20 µs where reading /proc costs milliseconds.
 */
export class OrphanWatch {
  #runnerId;
  #foreign = new Set();

  constructor(runnerId) {
    this.#runnerId = runnerId;
  }

  /** Orphans with the mark of the attempt, undefined when it cannot be told. */
  orphansOf(attemptId) {
    const reaper = process.ppid;
    let names;
    try {
      names = readFileSync(
        `/proc/${reaper}/task/${reaper}/children`,
        'latin1',
      ).split(' ');
    } catch {
      return undefined;
    }
    const foreign = new Set();
    const found = [];
    for (const name of names) {
      const pid = Number(name);
      if (pid === 0 || pid === process.pid) {
        continue;
      }
      if (this.#foreign.has(pid)) {
        foreign.add(pid);
        continue;
      }
      const owner = markOf(pid, this.#runnerId);
      if (owner === attemptId) {
        found.push(pid);
      } else if (owner === undefined) {
        foreign.add(pid);
      }
    }
    this.#foreign = foreign;
    return found;
  }

  /** Pids come again: what was seen as foreign is looked at anew. */
  forgetForeign() {
    this.#foreign.clear();
  }
}

/** Whether a process group has members that live (zombies do not). */
export function groupIsAlive(group) {
  if (!signalGroup(group, 0)) {
    return false;
  }
  return allPids().some(pid => {
    const stat = statOf(pid);
    return stat?.group === group && !isDead(stat.state);
  });
}

/** Signals a whole group; false when it has no member any more. */
export function signalGroup(group, signal) {
  return signalTo(-group, signal);
}

/** Signals one process; false when it is gone. */
export function signalTo(pid, signal) {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (error.code === 'ESRCH') {
      return false;
    }
    if (error.code === 'EPERM') {
      // It is there and not ours to signal (it changed its user).
      return true;
    }
    throw error;
  }
}
