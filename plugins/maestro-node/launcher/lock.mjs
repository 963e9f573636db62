import { linkSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn, readJson } from './files.mjs';
import { isAlive } from './processes.mjs';

/**
 * One launcher for a data directory.
 *
 * Locks are numbered: `lock.1`, `lock.2`, …; the highest one counts, and who
 * is named in it holds the directory as long as that process lives. To take
 * over from a dead holder one makes the next number by `link`, which only one
 * can. A number is never used twice, because a lock is removed only when a
 * higher one is there: so a slow claimant cannot remove, or become, a holder
 * that it did not look at.
 */
const LOCK_NAME = /^lock\.(\d+)$/;

function highest(dir) {
  let top = 0;
  for (const name of namesIn(dir)) {
    const match = LOCK_NAME.exec(name);
    top = match ? Math.max(top, Number(match[1])) : top;
  }
  return top;
}

function remove(path) {
  try {
    unlinkSync(path);
  } catch (error) {
    if (error.code !== 'ENOENT') {
      throw error;
    }
  }
}

/**
 * Takes the lock; undefined when a living process has it. `self` is
 * `{ pid, startTime, bootId }`.
 */
export function takeLock(dir, self) {
  const temporary = join(dir, `claim.${self.pid}`);
  writeFileSync(temporary, JSON.stringify(self), { mode: 0o600 });
  try {
    for (;;) {
      const top = highest(dir);
      const holder = top > 0 ? readJson(join(dir, `lock.${top}`)) : undefined;
      if (
        holder &&
        holder.bootId === self.bootId &&
        isAlive(holder.pid, holder.startTime)
      ) {
        return undefined;
      }
      const generation = top + 1;
      const path = join(dir, `lock.${generation}`);
      try {
        linkSync(temporary, path);
      } catch (error) {
        if (error.code === 'EEXIST') {
          continue;
        }
        throw error;
      }
      if (highest(dir) !== generation) {
        remove(path);
        continue;
      }
      for (const name of namesIn(dir)) {
        const match = LOCK_NAME.exec(name);
        if (match && Number(match[1]) < generation) {
          remove(join(dir, name));
        }
      }
      return { generation, path, inode: statSync(path).ino };
    }
  } finally {
    remove(temporary);
  }
}

/** Whether the lock is still the one that was taken. */
export function holdsLock(lock) {
  try {
    return statSync(lock.path).ino === lock.inode;
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
      return false;
    }
    // An I/O error tells nothing about who holds it.
    return true;
  }
}
