import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** A folder of another host that was not in use for so long is nobody's. */
const UNUSED_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Folder for the copies of this process alone: backends that share a data
 * directory may be at different commits of one repository.
 *
 * @param dir - absolute
 */
export function copiesFolder(dir: string): string {
  return join(dir, 'repositories', `${hostname()}-${process.pid}`);
}

/** Makes the folder and says that it is in use, for who looks for unused ones. */
export async function useFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const now = new Date();
  await utimes(folder, now, now);
}

/**
 * Removes folders beside this one whose process is gone: of this host at once,
 * of another one, whose processes are not seen from here, after a week.
 *
 * @param folder - of {@link copiesFolder}
 */
export async function removeUnusedBeside(folder: string): Promise<void> {
  const dir = dirname(folder);
  const own = basename(folder);
  for (const name of await readdir(dir)) {
    const [, host, pid] = /^(.*)-(\d+)$/.exec(name) ?? [];
    if (name === own || host === undefined) continue;
    const path = join(dir, name);
    const isUnused =
      host === hostname() ? !isAlive(Number(pid)) : await isOld(path);
    if (isUnused) await rm(path, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // One of another user lives, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isOld(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > UNUSED_MS;
  } catch (error) {
    // Somebody else has removed it just now.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
