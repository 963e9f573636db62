import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { LaunchError } from './errors.mjs';

/** Linux refuses a single argument or variable above this (MAX_ARG_STRLEN). */
const MAX_ARGUMENT_BYTES = 128 * 1024 - 1;

/** Names that a shell passes on. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Room for what the shell adds, and for the path of the program. */
const RESERVE_BYTES = 8 * 1024;

/** What arguments and environment may take together: a quarter of the stack. */
const totalLimit = (() => {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const stack = Number(/^Max stack size\s+(\d+)/m.exec(limits)?.[1] ?? 2 ** 23);
  return (
    Math.max(128 * 1024, Math.min(stack / 4, 6 * 1024 * 1024)) - RESERVE_BYTES
  );
})();

/**
 * Throws a {@link LaunchError} for what Linux would refuse, with the name of
 * the argument or variable that is wrong.
 */
export function checkArguments(command, env) {
  if (!Array.isArray(command) || command.length === 0 || command[0] === '') {
    throw new LaunchError(
      'config',
      'The command is empty: give at least the program to run',
    );
  }
  let total = 0;
  command.forEach((argument, index) => {
    total += checkText(`Argument ${index} of the command`, argument, 0);
  });
  for (const [name, value] of Object.entries(env)) {
    if (name === '' || name.includes('=') || name.includes('\0')) {
      throw new LaunchError(
        'config',
        `${JSON.stringify(name)} cannot be the name of an environment variable`,
      );
    }
    total += checkText(
      `Environment variable ${name}`,
      value,
      Buffer.byteLength(name) + 1,
    );
  }
  if (total > totalLimit) {
    throw new LaunchError(
      'config',
      `Arguments and environment have ${total} bytes together; Linux accepts ${totalLimit} here: pass large data in a file`,
    );
  }
}

function checkText(what, text, extraBytes) {
  if (typeof text !== 'string' || text.includes('\0')) {
    throw new LaunchError(
      'config',
      `${what} must be text without NUL characters`,
    );
  }
  const size = Buffer.byteLength(text) + extraBytes;
  if (size > MAX_ARGUMENT_BYTES) {
    throw new LaunchError(
      'config',
      `${what} has ${size} bytes; Linux accepts ${MAX_ARGUMENT_BYTES}: pass large data in a file`,
    );
  }
  // Its final NUL and its pointer.
  return size + 9;
}

/** Splits an environment by whether a shell passes a name on. */
export function splitEnvironment(env) {
  const plain = {};
  const odd = {};
  for (const [name, value] of Object.entries(env)) {
    (IDENTIFIER.test(name) ? plain : odd)[name] = value;
  }
  return { plain, odd };
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Where a program is, as the system looks for it; undefined when nowhere. */
export function findProgram(program, path, directory) {
  if (program.includes('/')) {
    const file = isAbsolute(program) ? program : join(directory, program);
    return isProgram(file) ? file : undefined;
  }
  return (path ?? '')
    .split(delimiter)
    .map(folder => join(folder || '.', program))
    .find(isProgram);
}

/**
 * A misspelt program fails at launch with a sentence, and not with exit code
 * 127: no retry mends it.
 */
export function checkProgram(program, path, sourceDir) {
  if (findProgram(program, path, sourceDir ?? '/') !== undefined) {
    return;
  }
  throw new LaunchError(
    'config',
    program.includes('/')
      ? `Program ${program} is not there or not executable; a relative path starts at the pipeline's sources`
      : `Program ${program} was not found on PATH (${
          path ?? 'empty'
        }): install it, or give its full path`,
  );
}
