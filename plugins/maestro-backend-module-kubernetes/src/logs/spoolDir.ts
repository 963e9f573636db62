import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * Makes a folder of this process alone below `parent`, which hosts may share,
 * and removes those of processes of this host that are gone.
 */
export async function makeSpoolDir(
  parent: string,
  isAlive: (pid: number) => boolean = pidIsAlive,
): Promise<string> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const host = hostname().replace(/[^A-Za-z0-9.]/g, '_');
  for (const name of await readdir(parent)) {
    const [, owner, pid] = /^(.+)-(\d+)-[A-Za-z0-9]{6}$/.exec(name) ?? [];
    // What has our own number may be of this process too: a second executor.
    if (
      owner === host &&
      Number(pid) !== process.pid &&
      !isAlive(Number(pid))
    ) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
  return mkdtemp(join(parent, `${host}-${process.pid}-`));
}

function pidIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
