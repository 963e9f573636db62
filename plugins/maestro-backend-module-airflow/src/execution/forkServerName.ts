import { createHash } from 'node:crypto';
import { readdirSync, realpathSync, statSync } from 'node:fs';
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
 *
 * Asked for each task, so that a change counts for the next one. Its looks at
 * files are 0.2 ms in this thread, and were 0.8 ms by way of the threads of Node.
 */
export function forkServerName(of: {
  python: string;
  home: string;
  env: Record<string, string>;
  /** Folder of Maestro's Python scripts. */
  scripts: string;
}): string {
  const hash = createHash('sha256');
  const add = (part: string) => hash.update(part).update('\0');
  [of.python, realpathSync.native(of.python), of.home].forEach(add);
  add(JSON.stringify(Object.entries(of.env).sort()));
  const prefix = dirname(dirname(of.python));
  const lib = join(prefix, 'lib');
  const pythons = namesIn(lib).filter(name => /^python3/.test(name));
  for (const path of [
    join(prefix, 'pyvenv.cfg'),
    ...pythons.map(name => join(lib, name, 'site-packages')),
    join(of.scripts, 'fork_server.py'),
    join(of.scripts, 'run_task.py'),
    join(of.scripts, 'missing_server.py'),
    join(of.scripts, 'maestro_airflow'),
  ]) {
    add(`${path} ${changedAt(path)}`);
  }
  return `maestro-airflow-${hash.digest('hex').slice(0, 32)}`;
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    // An interpreter without packages of its own.
    return [];
  }
}

/** 0 where there is none. */
function changedAt(path: string): number {
  try {
    return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  } catch {
    return 0;
  }
}
