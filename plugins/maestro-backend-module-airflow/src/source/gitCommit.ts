import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TIMEOUT_MS = 10_000;

/**
 * The commit that files of a folder are of: HEAD of the work tree that the
 * folder is in, when these files are as they are there. Undefined for a folder
 * in no work tree, for files that were changed since, and without git.
 */
export async function gitCommit(
  folder: string,
  files: readonly string[],
): Promise<string | undefined> {
  const git = async (...args: string[]) =>
    // The folder is a team's: its configuration must start no program.
    (
      await run('git', ['-c', 'core.fsmonitor=false', '-C', folder, ...args], {
        env: minimalEnvironment(),
        timeout: TIMEOUT_MS,
        maxBuffer: 16 * 1024 * 1024,
      })
    ).stdout.trim();
  try {
    const head = await git('rev-parse', 'HEAD');
    const tracked = await git('ls-files', '--', ...files);
    if (tracked.split('\n').length < files.length) return undefined;
    const changed = await git('status', '--porcelain', '--', ...files);
    return changed === '' ? head : undefined;
  } catch {
    // No git, no work tree, or no commit yet: the content says which it is.
    return undefined;
  }
}

/** Nothing secret of the backend, and nothing that names another repository. */
function minimalEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME };
}
