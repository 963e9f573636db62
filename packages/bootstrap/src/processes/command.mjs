import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const TAIL_BYTES = 4000;

/** The end of a file, for an error message. */
export function tailOf(file, bytes = TAIL_BYTES) {
  const { size } = fs.statSync(file);
  const handle = fs.openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(size, bytes));
    fs.readSync(handle, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8').trim();
  } finally {
    fs.closeSync(handle);
  }
}

/** Thrown when a command ends with anything but 0. */
export class CommandError extends Error {
  constructor(command, how, logFile) {
    super(
      `${command} ${how}. The end of what it said (all of it: ${logFile}):\n${tailOf(
        logFile,
      )}`,
    );
    this.name = 'CommandError';
    /** The same in one line, for what is only a note. */
    this.summary = `${command} ${how}; see ${logFile}`;
  }
}

/**
 * Runs a command to its end, its output in `logFile`.
 *
 * @param options.guard - from startGuard(): the command ends when we do
 * @throws CommandError with the end of the output
 */
export function runCommand(command, args, { logFile, guard, ...options }) {
  fs.mkdirSync(path.dirname(logFile), { recursive: true });
  const output = fs.openSync(logFile, 'w');
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...options,
      detached: true,
      stdio: ['ignore', output, output],
    });
    fs.closeSync(output);
    if (child.pid) guard?.watch(child.pid);
    child.once('error', error =>
      reject(
        new Error(`${command} could not be started: ${error.message}`, {
          cause: error,
        }),
      ),
    );
    child.once('exit', (code, signal) => {
      guard?.forget(child.pid);
      if (code === 0) resolve();
      else
        reject(
          new CommandError(
            [path.basename(command), ...args].join(' '),
            signal ? `was ended by ${signal}` : `ended with ${code}`,
            logFile,
          ),
        );
    });
  });
}
