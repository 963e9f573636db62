import type { AttemptFiles } from '@maestro/plugin-maestro-node';

/**
 * What a task sees of this process' environment. Everything else stays here:
 * database passwords and keys of the portal are in it.
 */
const INHERITED = [
  'HOME',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'LOGNAME',
  'TZ',
  'USER',
];

const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * The whole environment of a task. Later ones win: what is inherited, what
 * the pipeline and the engine set, what is true on this machine.
 */
export function taskEnvironment(options: {
  /** The environment of this process. */
  own: NodeJS.ProcessEnv;
  /** Names to inherit beyond the usual ones. */
  passed: string[];
  /** Folder of the Python environment's programs, first on PATH. */
  python?: string;
  /** From the launch request. */
  requested: Record<string, string>;
  sourceDir: string;
  files: AttemptFiles;
}): Record<string, string> {
  const { own, passed, python, requested, sourceDir, files } = options;
  const env: Record<string, string> = {
    // A line shall be in the log when it is printed, not 8 KiB later.
    PYTHONUNBUFFERED: '1',
    // Bytecode would be written beside the pinned sources.
    PYTHONDONTWRITEBYTECODE: '1',
  };
  for (const name of [...INHERITED, ...passed]) {
    const value = own[name];
    if (value !== undefined) {
      env[name] = value;
    }
  }
  Object.assign(env, requested);
  const path = requested.PATH ?? own.PATH ?? DEFAULT_PATH;
  env.PATH = python ? `${python}:${path}` : path;
  env.TMPDIR = files.tmp;
  env.MAESTRO_SOURCE = sourceDir;
  env.MAESTRO_OUTPUT = files.output;
  return env;
}
