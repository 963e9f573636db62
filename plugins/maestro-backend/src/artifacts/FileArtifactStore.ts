import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { InputError, NotFoundError } from '@backstage/errors';
import type { ArtifactStore } from './ArtifactStore';

const PART = /^[A-Za-z0-9_.-]{1,200}$/;

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
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const temporary = `${path}.${randomUUID()}.tmp`;
    let size = 0;
    try {
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
      await rm(temporary, { force: true });
      throw error;
    }
    return { size };
  }

  async read(
    key: string,
    range: { start: number; length: number },
  ): Promise<Buffer> {
    const file = await open(this.path(key), 'r').catch(error => {
      throw missing(key, error);
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
      throw missing(key, error);
    });
    return found.size;
  }

  async open(key: string) {
    const path = this.path(key);
    const size = await this.size(key);
    return { size, stream: createReadStream(path) };
  }

  async delete(key: string): Promise<void> {
    await rm(this.path(key), { force: true });
  }

  private path(key: string): string {
    const parts = key.split('/');
    for (const part of parts) {
      if (!PART.test(part) || part === '.' || part === '..') {
        throw new InputError(
          `"${key.slice(
            0,
            300,
          )}" is no key of an object; expected parts of letters, digits, "_", "-" and ".", separated by "/"`,
        );
      }
    }
    return join(this.root, ...parts);
  }
}

function missing(key: string, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT') return error;
  return new NotFoundError(
    `The object "${key}" is not in the artifact store; was the data directory moved or cleaned?`,
  );
}
