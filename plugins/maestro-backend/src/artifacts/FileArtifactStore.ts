import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { NotFoundError, ServiceUnavailableError } from '@backstage/errors';
import { type ArtifactStore, notInStore, partsOfKey } from './ArtifactStore';

/** What is wrong with the folder, and what to do. */
const TROUBLE: Readonly<Record<string, string>> = {
  ENOSPC: 'is full: make room, or let retention remove more',
  EDQUOT: 'has used up its quota: raise it, or let retention remove more',
  EROFS: 'is mounted read-only: mount it for writing',
  EACCES: 'may not be used by the user of this process: give it to that user',
  EPERM: 'may not be used by the user of this process: give it to that user',
  ESTALE: 'is on a share that went away: mount it again',
  EIO: 'is on a disk or share that fails: look at it',
};

/**
 * Objects as files below one directory, for this user only. Written to a
 * temporary name and renamed: that survives the death of this process at any
 * moment, not a loss of power.
 */
export class FileArtifactStore implements ArtifactStore {
  private readonly root: string;

  constructor(options: { directory: string }) {
    this.root = resolve(options.directory);
  }

  async put(
    key: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
  ): Promise<{ size: number }> {
    const path = this.path(key);
    const temporary = `${path}.${randomUUID()}.tmp`;
    let size = 0;
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const file = await open(temporary, 'wx', 0o600);
      try {
        const parts = content instanceof Uint8Array ? [content] : content;
        for await (const part of parts) {
          await file.writeFile(part);
          size += part.byteLength;
        }
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (error) {
      // What could not be made need not go; the first error is the one to tell.
      await rm(temporary, { force: true }).catch(() => {});
      throw this.failure(key, error as NodeJS.ErrnoException);
    }
    return { size };
  }

  async read(
    key: string,
    range: { start: number; length: number },
  ): Promise<Buffer> {
    const file = await open(this.path(key), 'r').catch(error => {
      throw this.failure(key, error);
    });
    try {
      const buffer = Buffer.allocUnsafe(range.length);
      let done = 0;
      while (done < range.length) {
        const { bytesRead } = await file.read(
          buffer,
          done,
          range.length - done,
          range.start + done,
        );
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return buffer.subarray(0, done);
    } finally {
      await file.close();
    }
  }

  async size(key: string): Promise<number> {
    const found = await stat(this.path(key)).catch(error => {
      throw this.failure(key, error);
    });
    return found.size;
  }

  async open(key: string) {
    const path = this.path(key);
    const size = await this.size(key);
    return { size, stream: createReadStream(path) };
  }

  async delete(key: string): Promise<void> {
    await rm(this.path(key), { force: true }).catch(error => {
      throw this.failure(key, error);
    });
  }

  private path(key: string): string {
    return join(this.root, ...partsOfKey(key));
  }

  private failure(key: string, error: NodeJS.ErrnoException): Error {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
      return new NotFoundError(notInStore(key, `the folder ${this.root}`));
    }
    const trouble = TROUBLE[error.code ?? ''];
    return trouble === undefined
      ? error
      : new ServiceUnavailableError(
          `The artifact store, the folder ${this.root}, ${trouble}`,
          error,
        );
  }
}
