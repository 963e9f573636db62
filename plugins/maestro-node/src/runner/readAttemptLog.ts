import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { LogSlice } from '../executor/types';
import type { AttemptFiles } from './attemptFiles';

/**
 * A piece of an attempt's log. Whether it ended is looked at before the size,
 * so that `end` is never said while bytes may still come.
 */
export async function readAttemptLog(
  files: AttemptFiles,
  knownEnded: boolean,
  options: { offset: number; limit: number },
): Promise<LogSlice> {
  const { offset, limit } = options;
  const ended = knownEnded || (await isThere(files.exit));
  let file;
  try {
    file = await open(
      files.log,
      // The task can reach this folder: a link there is not followed.
      // eslint-disable-next-line no-bitwise
      constants.O_RDONLY | constants.O_NOFOLLOW,
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return {
        offset,
        bytes: new Uint8Array(0),
        // A directory without a log is about to get one.
        end: ended || !(await isThere(files.dir)),
      };
    }
    throw error;
  }
  try {
    const { size } = await file.stat();
    const length = Math.max(0, Math.min(limit, size - offset));
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await file.read(
        bytes,
        filled,
        length - filled,
        offset + filled,
      );
      if (bytesRead === 0) {
        break;
      }
      filled += bytesRead;
    }
    return {
      offset,
      bytes: bytes.subarray(0, filled),
      end: ended && offset + filled >= size,
    };
  } finally {
    await file.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return false;
    }
    throw error;
  }
}
