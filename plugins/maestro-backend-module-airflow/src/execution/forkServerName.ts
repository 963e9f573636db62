import { createHash } from 'node:crypto';
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Name of the fork server of an environment: another one as soon as its
 * packages, its settings or Maestro's scripts have changed. The old one ends
 * when it has been idle for a while.
 *
 * Installing or removing a package changes the time of `site-packages`. What is
 * edited inside of an installed package leaves the name as it is: the server
 * notices it within some 20 s (`environment.py`) and takes no more tasks, so that
 * the next one starts another server under the same name.
 */
export async function forkServerName(of: {
  python: string;
  home: string;
  env: Record<string, string>;
  /** Folder of Maestro's Python scripts. */
  scripts: string;
}): Promise<string> {
  const hash = createHash('sha256');
  const add = (part: string) => hash.update(part).update('\0');
  [of.python, await realpath(of.python), of.home].forEach(add);
  add(JSON.stringify(Object.entries(of.env).sort()));
  const prefix = dirname(dirname(of.python));
  const lib = join(prefix, 'lib');
  const pythons = (await namesIn(lib)).filter(name => /^python3/.test(name));
  for (const path of [
    join(prefix, 'pyvenv.cfg'),
    ...pythons.map(name => join(lib, name, 'site-packages')),
    join(of.scripts, 'fork_server.py'),
    join(of.scripts, 'run_task.py'),
    join(of.scripts, 'maestro_airflow'),
  ]) {
    add(`${path} ${await changedAt(path)}`);
  }
  return `maestro-airflow-${hash.digest('hex').slice(0, 32)}`;
}

async function namesIn(path: string): Promise<string[]> {
  return readdir(path).then(
    names => names.sort(),
    () => [],
  );
}

async function changedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
