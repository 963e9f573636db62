import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CommandError, EXIT } from './outcome';

/** Where Maestro answers, and as whom. */
export interface Installation {
  /** Without a slash at the end. */
  url: string;
  token?: string;
}

/** What decides which installation is meant. */
export interface Surroundings {
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Folder of the running command. */
  commandDir: string;
}

/** The checkout that the command lives in, if it lives in one. */
export function checkoutRoot(commandDir: string): string | undefined {
  return upwards(commandDir, dir => {
    const file = join(dir, 'package.json');
    return (
      existsSync(file) &&
      'workspaces' in (JSON.parse(readFileSync(file, 'utf8')) as object)
    );
  });
}

/**
 * The data directory of this machine's installation: `MAESTRO_DATA_DIR`, else
 * `.maestro` with a `cli.json` here or above, else that of the checkout.
 *
 * @returns undefined when there is none; with `MAESTRO_DATA_DIR` it is given
 * back whether it exists or not
 */
export function findDataDir(around: Surroundings): string | undefined {
  const { MAESTRO_DATA_DIR: named } = around.env;
  if (named) return resolve(around.cwd, named);
  const isDataDir = (dir: string) => existsSync(join(dir, '.maestro/cli.json'));
  const root = checkoutRoot(around.commandDir);
  const found =
    upwards(around.cwd, isDataDir) ??
    (root && isDataDir(root) ? root : undefined);
  return found && join(found, '.maestro');
}

/**
 * Address and token: `MAESTRO_URL` and `MAESTRO_TOKEN`, else `cli.json` of the
 * data directory.
 *
 * @throws CommandError (4) that says where was looked
 */
export function findInstallation(around: Surroundings): Installation {
  const { MAESTRO_URL: url, MAESTRO_TOKEN: token } = around.env;
  // The token of a data directory belongs to that installation alone.
  if (url) return { url: httpUrl(url, 'MAESTRO_URL'), token };
  const dataDir = findDataDir(around);
  const file = dataDir && join(dataDir, 'cli.json');
  if (!file || !existsSync(file)) {
    throw new CommandError(
      EXIT.unreachable,
      `No running Maestro found: ${
        file ? `${file} is missing` : 'there is no .maestro/cli.json here'
      }. Start it with "npm start", or set MAESTRO_URL and MAESTRO_TOKEN`,
    );
  }
  const known = readCliFile(file);
  return {
    url: httpUrl(known.url, file),
    token: token ?? known.token,
  };
}

function readCliFile(file: string): { url?: unknown; token?: string } {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandError(
      code === 'EACCES' ? EXIT.notAllowed : EXIT.unreachable,
      `${file} cannot be read: ${message}`,
    );
  }
}

function httpUrl(value: unknown, place: string): string {
  let url: URL;
  try {
    url = new URL(String(value));
  } catch {
    url = new URL('none:');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new CommandError(
      EXIT.usage,
      `${place} should hold an address such as http://127.0.0.1:7007, not ${JSON.stringify(
        value,
      )}`,
    );
  }
  return url.href.replace(/\/+$/, '');
}

function upwards(
  from: string,
  is: (dir: string) => boolean,
): string | undefined {
  for (let dir = resolve(from); ; dir = dirname(dir)) {
    if (is(dir)) return dir;
    if (dir === dirname(dir)) return undefined;
  }
}
