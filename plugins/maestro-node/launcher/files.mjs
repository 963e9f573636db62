import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/**
 * Writes a file so that a reader sees all of it or nothing. There is no fsync:
 * the page cache survives the death of every process; a power loss changes the
 * boot id, and then each process is known to be gone anyway.
 */
export function writeJson(path, value) {
  const temporary = `${path}.tmp`;
  try {
    writeFileSync(temporary, JSON.stringify(value), { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    try {
      unlinkSync(temporary);
    } catch {
      // It was not made, or goes with its directory: the first error counts.
    }
    throw error;
  }
}

/**
 * Writes a new file in place. Killed in between, it is empty and reads as not
 * there.
 */
export function writeNewJson(path, value) {
  writeFileSync(path, JSON.stringify(value), { mode: 0o600, flag: 'wx' });
}

/** The object in a file, or undefined when it is not there or not whole. */
export function readJson(path) {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
      return undefined;
    }
    throw error;
  }
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Where everything of one data directory is. */
export function dataPaths(dataDir) {
  return {
    dataDir,
    attempts: join(dataDir, 'attempts'),
    runner: join(dataDir, 'runner'),
    info: join(dataDir, 'runner', 'runner.json'),
    trash: join(dataDir, 'runner', 'trash'),
  };
}

/** Makes what is missing, for this user only. */
export function makeDataDirs(paths) {
  for (const dir of [paths.attempts, paths.runner, paths.trash]) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }
}

/** The files of one attempt; the first three are the launcher's own. */
export function attemptPaths(attemptsDir, attemptId) {
  const dir = join(attemptsDir, attemptId);
  return {
    dir,
    started: join(dir, 'started.json'),
    exit: join(dir, 'exit.json'),
    cancel: join(dir, 'cancel.json'),
    status: join(dir, 'status'),
    log: join(dir, 'log'),
    output: join(dir, 'output.json'),
    work: join(dir, 'work'),
    tmp: join(dir, 'tmp'),
  };
}

/** Attempt ids become directory names: nothing else is let through. */
export function isAttemptId(value) {
  return typeof value === 'string' && /^[A-Za-z0-9][\w-]{0,63}$/.test(value);
}

/** Names in a directory; none when it is not there. */
export function namesIn(dir) {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (error.code === 'ENOENT') {
      return [];
    }
    throw error;
  }
}
