import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import {
  checkSize,
  isExcluded,
  MAX_FILES,
  SourceProblem,
  type SourceTree,
} from './SourceTree';

/** Local folders are materialized on this machine only. */
export const MAX_LOCAL_BYTES = 20 * 1024 * 1024;

interface Found {
  path: string;
  size: number;
  executable: boolean;
  stamp: string;
}

/**
 * The folder of an entity file, when it is another one than before. Looks at
 * names, times and sizes first: an unchanged folder is not read.
 *
 * @param file - absolute path of the entity file
 * @param known - signature of the last read
 * @returns undefined when nothing changed, or it changes right now
 * @throws SourceProblem when the folder cannot be taken
 * @public
 */
export async function readLocalFolder(
  file: string,
  known: string | undefined,
): Promise<SourceTree | undefined> {
  const folder = dirname(file);
  const found = await scan(file, folder);
  const signature = signatureOf(found);
  if (signature === known) return undefined;
  checkSize(file, found, MAX_LOCAL_BYTES);
  const files = [];
  for (const { path, executable } of found) {
    const content = await readFile(join(folder, path)).catch(error => {
      throw unreadable(file, error);
    });
    files.push({ path, executable, content });
  }
  // Saved while it was read: half of one and half of the other must not run.
  if (signatureOf(await scan(file, folder)) !== signature) return undefined;
  return { files, entityFile: basename(file), signature };
}

async function scan(file: string, folder: string): Promise<Found[]> {
  const found: Found[] = [];
  try {
    const root = await realpath(folder);
    await walk(root, '', found, file);
  } catch (error) {
    if (error instanceof SourceProblem) throw error;
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function walk(
  root: string,
  relative: string,
  found: Found[],
  file: string,
): Promise<void> {
  for (const entry of await readdir(join(root, relative), {
    withFileTypes: true,
  })) {
    if (isExcluded(entry.name)) continue;
    const path = relative ? `${relative}/${entry.name}` : entry.name;
    if (entry.isDirectory()) {
      await walk(root, path, found, file);
    } else if (entry.isSymbolicLink()) {
      await addLink(root, path, found, file);
    } else if (entry.isFile()) {
      found.push(describe(path, await lstat(join(root, path))));
    }
    // One more than allowed is enough to refuse it.
    if (found.length > MAX_FILES) return;
  }
}

/** A link to a file of the same folder is that file; others are refused. */
async function addLink(
  root: string,
  path: string,
  found: Found[],
  file: string,
): Promise<void> {
  const target = await realpath(join(root, path)).catch(() => undefined);
  const info = target ? await stat(target) : undefined;
  if (!target?.startsWith(root + sep) || !info?.isFile()) {
    throw new SourceProblem({
      path: '',
      message: `${path} is a link that leads out of the folder, to a folder or nowhere`,
      expected: 'files, or links to files of the same folder',
      file,
    });
  }
  found.push(describe(path, info));
}

function describe(path: string, info: Awaited<ReturnType<typeof stat>>): Found {
  return {
    path,
    size: Number(info.size),
    executable: (Number(info.mode) & 0o100) !== 0,
    stamp: `${info.size} ${info.mtimeMs} ${info.ctimeMs} ${info.ino} ${info.mode}`,
  };
}

function signatureOf(found: readonly Found[]): string {
  const hash = createHash('sha256');
  for (const { path, stamp } of found) hash.update(`${path}\0${stamp}\n`);
  return hash.digest('hex');
}

function unreadable(file: string, error: NodeJS.ErrnoException): SourceProblem {
  return new SourceProblem({
    path: '',
    message: `The folder cannot be read: ${error.message}`,
    file,
  });
}
