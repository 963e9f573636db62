import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  isSameProcess,
  startOf,
} from '../../packages/bootstrap/src/processes/identity.mjs';

/**
 * Runs `action` while no other process of this machine runs one under the same
 * lock. A lock whose owner has died is free.
 *
 * @param file - the lock: a symbolic link that names its owner, made and
 * removed here
 */
export async function withLock(file, action) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const own = `${process.pid}:${startOf(process.pid)}`;
  for (;;) {
    try {
      fs.symlinkSync(own, file);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    let owner;
    try {
      owner = fs.readlinkSync(file);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
      continue;
    }
    const at = owner.indexOf(':');
    if (!isSameProcess(Number(owner.slice(0, at)), owner.slice(at + 1))) {
      // Taken aside under a name of our own, so that of two who see a dead
      // owner only one removes it and neither removes the other's new lock.
      const aside = `${file}.${process.pid}`;
      try {
        fs.renameSync(file, aside);
        if (fs.readlinkSync(aside) !== owner) fs.renameSync(aside, file);
        else fs.rmSync(aside);
      } catch (error) {
        if (error.code !== 'ENOENT') throw error;
      }
      continue;
    }
    await pause(200);
  }
  try {
    return await action();
  } finally {
    fs.rmSync(file, { force: true });
  }
}
