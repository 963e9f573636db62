import { statSync, statfsSync } from 'node:fs';
import { logLimitReason } from './ending.mjs';

/** Hints of growth are sent at most this often for one attempt. */
const LOOK_MS = 200;

/** A log that grows fast is looked at more often, so that it ends near its limit. */
const FAST_LOOK_MS = 10;

const DISK_LOOK_MS = 1000;

/**
 * Looks at the logs of living attempts: tells that they grew, and ends what
 * writes too much or fills the disk. Does nothing while nothing runs.
 */
export class LogWatch {
  #attempts;
  #dataDir;
  #notify;
  #log;
  #timer;
  #diskLookedAt = 0;

  constructor({ attempts, dataDir, notify, log }) {
    this.#attempts = attempts;
    this.#dataDir = dataDir;
    this.#notify = notify;
    this.#log = log;
  }

  /** To be called when an attempt was started or adopted. */
  wake() {
    this.#timer ??= setTimeout(() => this.#look(), LOOK_MS);
  }

  #look() {
    this.#timer = undefined;
    const now = Date.now();
    let next = LOOK_MS;
    for (const attempt of this.#attempts.live.values()) {
      next = Math.min(next, this.#lookAt(attempt, now));
    }
    if (now - this.#diskLookedAt >= DISK_LOOK_MS) {
      this.#diskLookedAt = now;
      this.#lookAtDisk();
    }
    if (this.#attempts.live.size > 0) {
      this.#timer = setTimeout(
        () => this.#look(),
        Math.max(FAST_LOOK_MS, next),
      );
    }
  }

  /** Returns after how many ms this log should be looked at again. */
  #lookAt(attempt, now) {
    let size;
    try {
      ({ size } = statSync(attempt.paths.log));
    } catch (error) {
      this.#log(`Log of attempt ${attempt.id}: ${error.message}`);
      return LOOK_MS;
    }
    const grown = size - attempt.logBytes;
    if (grown === 0) {
      return LOOK_MS;
    }
    const elapsed = Math.max(1, now - (attempt.grewAt ?? attempt.startedAt));
    attempt.grewAt = now;
    attempt.logBytes = size;
    attempt.grownSinceDiskLook = (attempt.grownSinceDiskLook ?? 0) + grown;
    if (now - (attempt.toldAt ?? 0) >= LOOK_MS * 0.9) {
      attempt.toldAt = now;
      this.#notify({ event: 'log', attemptId: attempt.id, logBytes: size });
    }
    if (size > attempt.logLimitBytes) {
      // At once: a second of grace is a gigabyte more.
      this.#attempts.end(attempt, logLimitReason(attempt.logLimitBytes), 0);
      return LOOK_MS;
    }
    return ((attempt.logLimitBytes - size) / (grown / elapsed)) * 0.5;
  }

  /**
   * Below the floor the log that grows most is ended, one at a time: what
   * writes no log is left alone, whoever filled the disk.
   */
  #lookAtDisk() {
    const live = [...this.#attempts.live.values()];
    const floor = Math.max(0, ...live.map(attempt => attempt.minFreeBytes));
    if (floor > 0) {
      const free = freeBytes(this.#dataDir);
      const [most] = live
        .filter(
          attempt =>
            free < attempt.minFreeBytes &&
            attempt.grownSinceDiskLook > 0 &&
            !attempt.reason,
        )
        .sort((a, b) => b.grownSinceDiskLook - a.grownSinceDiskLook);
      if (most) {
        this.#attempts.end(
          most,
          {
            failure: 'log_limit',
            message: `The disk of the data directory has ${free} bytes free, less than the ${most.minFreeBytes} that are kept, and this log grew most: free some space or write less`,
          },
          0,
        );
      }
    }
    live.forEach(attempt => {
      attempt.grownSinceDiskLook = 0;
    });
  }
}

/** What this user may still write on the disk of a directory. */
export function freeBytes(dir) {
  const stat = statfsSync(dir);
  return stat.bavail * stat.bsize;
}
