import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join, posix, sep } from 'node:path';
import { InputError } from '@backstage/errors';

/** One file of a pipeline's folder. */
export interface TreeFile {
  /** Relative, POSIX. */
  path: string;
  content: Buffer;
  executable: boolean;
}

/** A folder with everything a run is pinned to, read at once. */
export interface SourceTree {
  files: TreeFile[];
  /** Commit or etag; undefined for a folder of this machine. */
  ref?: string;
}

/** Largest folder: what is larger belongs in an image or in a data store. */
export const MAX_TREE_BYTES = 20 * 1024 * 1024;
const MAX_TREE_FILES = 2_000;
const LEFT_OUT = new Set(['node_modules', '__pycache__']);

/**
 * Whether a path of a folder belongs to the version. Hidden files, byte code
 * and installed packages do not: they change without anybody changing the
 * pipeline.
 */
export function belongsToVersion(path: string): boolean {
  return path
    .split('/')
    .every(
      part =>
        !part.startsWith('.') && !LEFT_OUT.has(part) && !part.endsWith('.pyc'),
    );
}

/**
 * A text that is another one when anything in the folder changed, from names,
 * sizes and times alone: it tells whether the folder must be read again.
 */
export async function folderSignature(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const { path, info } of await walk(folder)) {
    hash.update(`${path}\0${info.size}\0${info.mtimeMs}\0${info.mode}\n`);
  }
  return hash.digest('hex');
}

/**
 * Reads a folder of this machine.
 * @throws InputError when it is too large
 */
export async function readFolder(folder: string): Promise<SourceTree> {
  const files: TreeFile[] = [];
  let bytes = 0;
  for (const { path, info } of await walk(folder)) {
    bytes += info.size;
    if (bytes > MAX_TREE_BYTES) throw tooLarge(folder);
    files.push({
      path,
      content: await readFile(join(folder, ...path.split('/'))),
      executable: (info.mode & 0o100) !== 0,
    });
  }
  return { files };
}

async function walk(folder: string) {
  const entries = await readdir(folder, {
    recursive: true,
    withFileTypes: true,
  });
  const found = [];
  for (const entry of entries) {
    // Links are left out: what they point at may change or lie elsewhere.
    if (!entry.isFile()) continue;
    const full = join(entry.parentPath, entry.name);
    const path = full
      .slice(folder.length + (folder.endsWith(sep) ? 0 : 1))
      .split(sep)
      .join(posix.sep);
    if (!belongsToVersion(path)) continue;
    found.push({ path, info: await stat(full) });
    if (found.length > MAX_TREE_FILES) throw tooLarge(folder);
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The error of a folder that no version can hold. */
export function tooLarge(folder: string): InputError {
  return new InputError(
    `The folder ${folder} is too large for a pipeline: at most ${MAX_TREE_FILES} files and ${
      MAX_TREE_BYTES / 1024 / 1024
    } MiB; put data into a store and packages into an image`,
  );
}
