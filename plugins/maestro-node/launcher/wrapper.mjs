import { spawn } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  openSync,
  statSync,
  writeSync,
} from 'node:fs';
import { constants as osConstants } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { LaunchError } from './errors.mjs';

/**
 * Only a parent learns an exit code, and the launcher may be killed. So each
 * task has a parent of its own that does nothing but wait: `/bin/sh`, leader
 * of the task's session and group, about 1 MB and 1 ms. It writes the code
 * into the file `status` and ends with it.
 *
 * - It catches TERM and the like with a handler (not by ignoring, which a
 *   child would inherit), so that it outlives the task it reports on.
 * - Its own stderr is `status`, the task's is the log: when a signal ended the
 *   task, the shell says so there ("Killed"), which tells `kill -9` from
 *   `exit 137`. (Nothing is said for INT and PIPE.)
 * - `(exec "$@" 2>&1)`: redirected in the child, or else the shell's word
 *   about the signal would end up in the log.
 */
const SCRIPT =
  'trap : TERM INT HUP QUIT;(exec "$@" 2>&1);c=$?;echo $c >&2;exit $c';

/**
 * The room for the code is taken at start, so that a disk that is full later
 * does not swallow it.
 */
const STATUS_ROOM = Buffer.alloc(128, ' ');

/** Linux refuses a single argument or variable above this (MAX_ARG_STRLEN). */
const MAX_ARGUMENT_BYTES = 128 * 1024 - 1;

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Throws a {@link LaunchError} for what Linux or the shell would refuse. */
export function checkArguments(command, env) {
  if (!Array.isArray(command) || command.length === 0 || command[0] === '') {
    throw new LaunchError(
      'config',
      'The command is empty: give at least the program to run',
    );
  }
  command.forEach((argument, index) => {
    if (typeof argument !== 'string' || argument.includes('\0')) {
      throw new LaunchError(
        'config',
        `Argument ${index} of the command is no text without NUL characters`,
      );
    }
    if (Buffer.byteLength(argument) > MAX_ARGUMENT_BYTES) {
      throw new LaunchError(
        'config',
        `Argument ${index} of the command has ${Buffer.byteLength(
          argument,
        )} bytes; Linux accepts ${MAX_ARGUMENT_BYTES}: pass large data in a file`,
      );
    }
  });
  for (const [name, value] of Object.entries(env)) {
    if (!IDENTIFIER.test(name)) {
      throw new LaunchError(
        'config',
        `Environment variable ${JSON.stringify(
          name,
        )} has a name that a shell does not pass on: use letters, digits and _ only`,
      );
    }
    if (typeof value !== 'string' || value.includes('\0')) {
      throw new LaunchError(
        'config',
        `Environment variable ${name} is no text without NUL characters`,
      );
    }
    const size = Buffer.byteLength(name) + 1 + Buffer.byteLength(value);
    if (size > MAX_ARGUMENT_BYTES) {
      throw new LaunchError(
        'config',
        `Environment variable ${name} has ${size} bytes; Linux accepts ${MAX_ARGUMENT_BYTES}: pass large data in a file`,
      );
    }
  }
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Looks for the program as the system would, so that a misspelt one fails at
 * launch with a sentence and not with exit code 127.
 */
export function checkProgram(program, path, sourceDir) {
  if (program.includes('/')) {
    const file = isAbsolute(program)
      ? program
      : join(sourceDir ?? '/', program);
    if (!isProgram(file)) {
      throw new LaunchError(
        'config',
        `Program ${program} is not there or not executable; a relative path starts at the pipeline's sources`,
      );
    }
    return;
  }
  const folders = (path ?? '').split(delimiter);
  if (!folders.some(folder => isProgram(join(folder || '.', program)))) {
    throw new LaunchError(
      'config',
      `Program ${program} was not found on PATH (${
        path ?? 'empty'
      }): install it, or give its full path`,
    );
  }
}

/**
 * Starts the wrapper with the task in it. The child process has no pid when
 * the system refused (then it emits `error`).
 */
export function spawnWrapped({ command, env, paths, title }) {
  const log = openSync(paths.log, 'ax', 0o600);
  try {
    const status = openSync(paths.status, 'wx', 0o600);
    try {
      // With a position: the offset, where the shell writes, stays 0.
      writeSync(status, STATUS_ROOM, 0, STATUS_ROOM.length, 0);
      return spawn('/bin/sh', ['-c', SCRIPT, title, ...command], {
        cwd: paths.work,
        env,
        detached: true,
        stdio: ['ignore', log, status],
      });
    } finally {
      closeSync(status);
    }
  } finally {
    closeSync(log);
  }
}

/**
 * Reads what the wrapper wrote: `{ code, signal }`, or undefined when it did
 * not come to write.
 */
export function parseStatus(text) {
  const match = /^([^]*?)(\d{1,3})\n *$/.exec(text);
  if (!match) {
    return undefined;
  }
  const code = Number(match[2]);
  const said = match[1].trim() !== '';
  return { code, signal: said ? signalName(code - 128) : undefined };
}

/** `SIGKILL` for 9; undefined for what is no signal. */
export function signalName(number) {
  return Object.entries(osConstants.signals).find(
    ([, value]) => value === number,
  )?.[0];
}
