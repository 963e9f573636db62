import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  mkdir,
  readdir,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  ExecutorError,
  type LaunchRequest,
  type SourceFile,
} from '@maestro/plugin-maestro-node';

/** Copies that no attempt used for this long are removed at start. */
const KEEP_UNUSED_MS = 30 * 24 * 60 * 60 * 1000;

/** How often "used" is written down. */
const TOUCH_MS = 60 * 60 * 1000;

/** A version's sources on this disk. */
export interface LaidOutSources {
  dir: string;
  /** Names in `dir`. */
  entries: string[];
}

/**
 * Keeps one read-only copy of each version's sources. A copy is made beside
 * its place and moved there whole: who finds it finds all of it.
 */
export class SourceStore {
  readonly #dir: string;
  readonly #known = new Map<string, Promise<LaidOutSources>>();
  readonly #touched = new Map<string, number>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Rejects with an ExecutorError (`config`) when a path is not acceptable. */
  async layOut(sources: LaunchRequest['sources']): Promise<LaidOutSources> {
    const dir = join(this.#dir, folderName(sources.versionHash));
    const known = this.#known.get(dir);
    // Somebody may have cleaned up: a stat costs microseconds.
    if (known && (await known) && existsSync(dir)) {
      await this.#touch(dir);
      return known;
    }
    const making = this.#make(dir, sources.files);
    this.#known.set(dir, making);
    making.catch(() => this.#known.delete(dir));
    return making;
  }

  /**
   * Removes copies that were not used for 30 days.
   *
   * @param now - epoch ms
   * @param oldestLive - epoch ms of the oldest running attempt's start
   */
  async prune(now: number, oldestLive: number = now): Promise<void> {
    const limit = Math.min(now, oldestLive) - KEEP_UNUSED_MS;
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.#dir)) {
      const dir = join(this.#dir, name);
      if ((await stat(dir)).mtimeMs < limit) {
        await rm(dir, { recursive: true, force: true });
      }
    }
  }

  async #touch(dir: string): Promise<void> {
    const now = Date.now();
    if (now - (this.#touched.get(dir) ?? 0) > TOUCH_MS) {
      this.#touched.set(dir, now);
      await utimes(dir, now / 1000, now / 1000);
    }
  }

  async #make(dir: string, files: SourceFile[]): Promise<LaidOutSources> {
    if (!existsSync(dir)) {
      files.forEach(checkPath);
      const draft = `${dir}.${randomUUID()}`;
      await mkdir(draft, { recursive: true, mode: 0o700 });
      try {
        for (const file of files) {
          await writeSource(draft, file);
        }
        await rename(draft, dir).catch(error => {
          // Another process was faster; the hash says that it is the same.
          if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') {
            throw error;
          }
        });
      } finally {
        await rm(draft, { recursive: true, force: true });
      }
    }
    await this.#touch(dir);
    return { dir, entries: await readdir(dir) };
  }
}

async function writeSource(root: string, file: SourceFile): Promise<void> {
  const path = join(root, file.path);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, file.content, {
      flag: 'wx',
      mode: file.executable ? 0o500 : 0o400,
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') {
      throw new ExecutorError(
        'config',
        `Source file ${file.path} cannot be laid out beside the others (${code}): its name is taken or too long`,
        { cause: error },
      );
    }
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new ExecutorError(
        'launch',
        'The sources could not be laid out: the disk of the data directory is full: free some space',
        { cause: error },
      );
    }
    throw error;
  }
}

function checkPath({ path }: SourceFile): void {
  const bad =
    path.includes('\0') ||
    path.split('/').some(part => part === '' || part === '.' || part === '..');
  if (bad) {
    throw new ExecutorError(
      'config',
      `Source path ${JSON.stringify(
        path,
      )} is not a relative path inside the pipeline's folder`,
    );
  }
}

/** Hashes come as they are, when they can be a file name. */
function folderName(versionHash: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(versionHash)
    ? versionHash
    : createHash('sha256').update(versionHash).digest('hex');
}
