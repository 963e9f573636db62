import { readFileSync, statSync, truncateSync } from 'node:fs';
import { UNRENEWED } from './fence.mjs';
import { writeJson } from './files.mjs';
import { lastLineAs } from './lastLine.mjs';
import { oomEvidence } from './oom.mjs';
import { outcomeOf, readOutputs } from './outcome.mjs';
import {
  OrphanWatch,
  groupIsAlive,
  markedProcesses,
  signalGroup,
  signalTo,
} from './processes.mjs';
import { parseStatus, signalName } from './shells.mjs';

/** A disk that is full is tried again this often. */
const SAVE_AGAIN_MS = 500;

/**
 * How attempts come to their end: of themselves, by a request, or because a
 * limit was reached. An attempt has ended when nothing that it started lives.
 */
export class Endings {
  #runnerId;
  #orphans;
  #ended;
  #log;
  #unsaved = new Set();
  #saveTimer;

  /** `ended(attempt)` is called once for each, when its outcome is known. */
  constructor({ runnerId, ended, log }) {
    this.#runnerId = runnerId;
    this.#orphans = new OrphanWatch(runnerId);
    this.#ended = ended;
    this.#log = log;
  }

  /** Outcomes that could not be written yet. */
  get unsaved() {
    return this.#unsaved.size;
  }

  /**
   * TERM now, KILL after `graceMs`. The first reason stays; a shorter grace
   * wins. `reason` is `{ failure, message }`.
   */
  terminate(attempt, reason, graceMs) {
    if (attempt.leaderGone) {
      return;
    }
    attempt.reason ??= reason;
    const killAt = Date.now() + graceMs;
    if (attempt.killAt !== undefined && attempt.killAt <= killAt) {
      return;
    }
    const first = attempt.killAt === undefined;
    attempt.killAt = killAt;
    clearTimeout(attempt.killTimer);
    if (graceMs <= 0) {
      this.#signalAll(attempt, 'SIGKILL');
      return;
    }
    if (first) {
      this.#signalAll(attempt, 'SIGTERM');
    }
    attempt.killTimer = setTimeout(
      () => this.#signalAll(attempt, 'SIGKILL'),
      Math.min(graceMs, 2 ** 31 - 1),
    );
  }

  /**
   * The shell is gone: `end` is `{ code, signal }` of the task, undefined
   * when it is to be read from the status file. Finishes in the same tick when
   * nothing is left over, which is nearly always.
   */
  leaderGone(attempt, end) {
    if (attempt.leaderGone) {
      return;
    }
    attempt.leaderGone = true;
    clearTimeout(attempt.killTimer);
    attempt.end = end;
    attempt.endedAt = Date.now();
    const groupHadMembers =
      attempt.ownsGroup && signalGroup(attempt.pid, 'SIGKILL');
    // Where force was used, or nobody watched, the whole of /proc is read.
    const orphans =
      attempt.reason || end === undefined
        ? undefined
        : this.#orphans.orphansOf(attempt.id);
    if (groupHadMembers || orphans === undefined || orphans.length > 0) {
      this.#sweep(attempt, 1);
    } else {
      this.#complete(attempt);
    }
  }

  /** It ran on an earlier boot of this host: what it wrote is all there is. */
  otherBoot(attempt) {
    attempt.leaderGone = true;
    attempt.isOfOtherBoot = true;
    attempt.endedAt = Date.now();
    attempt.end = readStatus(attempt.paths.status);
    if (!attempt.end) {
      attempt.reason ??= {
        failure: 'lost',
        message: 'The host was started anew while this attempt ran',
      };
    }
    this.#complete(attempt);
  }

  /** Kills what is left, again and again, until nothing lives. */
  #sweep(attempt, delayMs) {
    const left = this.#marked(attempt);
    left.forEach(pid => signalTo(pid, 'SIGKILL'));
    if (left.length === 0 && !this.#groupLives(attempt)) {
      this.#complete(attempt);
      return;
    }
    setTimeout(() => this.#sweep(attempt, Math.min(delayMs * 2, 200)), delayMs);
  }

  /** Members that wiped their environment are still found by their group. */
  #groupLives(attempt) {
    return (
      attempt.ownsGroup &&
      signalGroup(attempt.pid, 'SIGKILL') &&
      groupIsAlive(attempt.pid)
    );
  }

  #signalAll(attempt, signal) {
    if (attempt.ownsGroup) {
      signalGroup(attempt.pid, signal);
    }
    for (const pid of this.#marked(attempt)) {
      // The group has its signal already; a second TERM may mean "at once".
      if (signal === 'SIGKILL' || !attempt.members?.has(pid)) {
        signalTo(pid, signal);
      }
    }
  }

  /** Living processes of the attempt; remembers which are in its group. */
  #marked(attempt) {
    const found = markedProcesses(this.#runnerId).filter(
      entry => entry.attemptId === attempt.id,
    );
    attempt.members = new Set(
      found
        .filter(entry => entry.group === attempt.pid)
        .map(entry => entry.pid),
    );
    return found.map(entry => entry.pid);
  }

  #complete(attempt) {
    const end = attempt.end ?? readStatus(attempt.paths.status);
    if (end?.at !== undefined) {
      attempt.endedAt = end.at;
    }
    if (attempt.isUnrenewed && end?.signal === 'SIGKILL') {
      attempt.reason ??= UNRENEWED;
    }
    attempt.phase = 'ended';
    attempt.logBytes = this.#sealLog(attempt);
    attempt.outcome = outcomeOf({
      end,
      reason: attempt.reason,
      outputs: outputsOf(attempt, end),
      // Of another boot the counters began anew, and say nothing.
      oom: attempt.isOfOtherBoot
        ? undefined
        : oomEvidence({ end, before: attempt.oomBefore }),
    });
    this.#save(attempt);
    this.#ended(attempt);
    if (attempt.saved) {
      dropOutputs(attempt);
    }
  }

  /** The final size; what was written above the limit is cut off. */
  #sealLog(attempt) {
    try {
      const { size } = statSync(attempt.paths.log);
      if (size <= attempt.logLimitBytes) {
        return size;
      }
      attempt.reason ??= logLimitReason(attempt.logLimitBytes);
      truncateSync(attempt.paths.log, attempt.logLimitBytes);
      return attempt.logLimitBytes;
    } catch (error) {
      this.#log(`Log of attempt ${attempt.id}: ${error.message}`);
      return attempt.logBytes;
    }
  }

  #save(attempt) {
    try {
      writeJson(attempt.paths.exit, {
        endedAt: attempt.endedAt,
        logBytes: attempt.logBytes,
        outcome: attempt.outcome,
      });
      attempt.saved = true;
      this.#unsaved.delete(attempt);
    } catch (error) {
      if (!this.#unsaved.has(attempt)) {
        this.#log(
          `Outcome of attempt ${attempt.id} is kept in memory until it can be written: ${error.message}`,
        );
      }
      this.#unsaved.add(attempt);
      this.#saveTimer ??= setTimeout(() => this.saveAgain(), SAVE_AGAIN_MS);
    }
  }

  /** Tries again what could not be written; also called before an exit. */
  saveAgain() {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    for (const attempt of [...this.#unsaved]) {
      this.#save(attempt);
      if (attempt.saved) {
        dropOutputs(attempt);
      }
    }
  }

  /** Its files are going away: nothing is to be written any more. */
  abandon(attempt) {
    this.#unsaved.delete(attempt);
  }

  /** Slow second look: leftovers of attempts that ended, by their mark. */
  sweepLeftovers(isLive) {
    this.#orphans.forgetForeign();
    for (const { pid, attemptId } of markedProcesses(this.#runnerId)) {
      if (!isLive(attemptId)) {
        this.#log(`Process ${pid} of ended attempt ${attemptId} is killed`);
        signalTo(pid, 'SIGKILL');
      }
    }
  }
}

/** What it wrote, or what it printed where that counts instead. */
function outputsOf({ handsOn, paths, reason }, end) {
  if (!handsOn) {
    return readOutputs(paths.output);
  }
  const name = handsOn.lastLineAs;
  const isWhole = end?.code === 0 && !reason;
  return isWhole && name !== undefined ? lastLineAs(name, paths.log) : {};
}

/** Outputs are read from exit.json when somebody asks: memory stays small. */
function dropOutputs(attempt) {
  if (attempt.outcome.outputs !== undefined) {
    const { outputs: _, ...rest } = attempt.outcome;
    attempt.outcome = rest;
    attempt.outputsOnDisk = true;
  }
}

/** What node says of the shell's end, completed by what the shell wrote. */
export function endOfShell(code, signal, statusPath) {
  if (signal) {
    return { signal };
  }
  if (code === 0) {
    return { code };
  }
  const status = readStatus(statusPath);
  // Without a status file (the task removed it?) the code has to do.
  return status
    ? { ...status, at: undefined }
    : { code, signal: signalName(code - 128) };
}

/**
 * `{ code, signal, at }`, or `{ said }` when the shell did not come to write a
 * code: the file is written last when the task ends.
 */
function readStatus(path) {
  try {
    const status = parseStatus(readFileSync(path, 'utf8'));
    if (status.code !== undefined) {
      return { ...status, at: Math.round(statSync(path).mtimeMs) };
    }
    return status.said === '' ? undefined : status;
  } catch (error) {
    if (error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

export function logLimitReason(limit) {
  return {
    failure: 'log_limit',
    message: `The log reached its limit of ${limit} bytes: write less, or raise the limit`,
  };
}
