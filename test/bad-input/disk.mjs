import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const PIECE = Buffer.alloc(1024 * 1024);

/**
 * Puts a small disk in memory (tmpfs) on a folder.
 *
 * @throws when we are not root, or mounting is not allowed: named, not skipped
 */
export function mountDisk(folder, bytes) {
  if (process.getuid() !== 0)
    throw new Error(
      'The suite of bad input mounts a small disk (tmpfs) to fill it, which needs root; run it as root, or leave it out by name.',
    );
  execFileSync('mount', [
    ...['-t', 'tmpfs', '-o', `size=${bytes},mode=0700`],
    ...['maestro-suite', folder],
  ]);
  process.once('exit', () => unmountDisk(folder));
}

/** Takes the disk away, whoever still has something open on it. */
export function unmountDisk(folder) {
  if (!fs.readFileSync('/proc/mounts', 'utf8').includes(` ${folder} tmpfs `))
    return;
  execFileSync('umount', ['--lazy', folder]);
}

/**
 * Fills a disk until only `leave` bytes are free.
 *
 * @returns a function that gives the space back
 */
export function fillDisk(folder, leave) {
  const file = path.join(folder, 'filler');
  const handle = fs.openSync(file, 'w');
  const free = () => {
    const { bavail, bsize } = fs.statfsSync(folder);
    return bavail * bsize;
  };
  try {
    while (free() > leave) {
      const wanted = Math.min(PIECE.length, free() - leave);
      fs.writeSync(handle, PIECE, 0, wanted);
    }
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
  } finally {
    fs.closeSync(handle);
  }
  return () => fs.rmSync(file, { force: true });
}
