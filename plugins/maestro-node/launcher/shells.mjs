import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import { splitEnvironment } from './arguments.mjs';
import { startTimeOf } from './processes.mjs';
import { ODD_ENVIRONMENT } from './withEnvironment.mjs';

/**
 * Only a parent learns an exit code, and the launcher may be killed. So each
 * task has a parent of its own that does nothing but wait: `/bin/sh`, leader
 * of the task's session and group, about 1 MB. It writes the code into the
 * file `status` and ends with it.
 *
 * - Shells are started in advance and wait for a script on their stdin: the
 *   fork and exec of the shell, 1 to 2 ms, are over when a task comes. When
 *   the launcher dies, they read the end of their stdin and end too.
 * - The script is one `{ … }`: of a script that came only in part nothing is
 *   run.
 * - TERM and the like are caught with a handler (not ignored, which a child
 *   would inherit), so that the shell outlives the task it reports on.
 * - The shell's own stderr is `status`, the task's is the log: when a signal
 *   ended the task, the shell says so there ("Killed"), which tells `kill -9`
 *   from `exit 137`. (Nothing is said for INT and PIPE.)
 * - `(exec … 2>&1)`: redirected in the child, or else the shell's word about
 *   the signal would end up in the log.
 */
const SPARE_SHELLS = 4;

/**
 * The room for the code is taken at start, so that a disk that is full later
 * does not swallow it.
 */
const STATUS_ROOM = Buffer.alloc(128, ' ');

const WITH_ENVIRONMENT = join(import.meta.dirname, 'withEnvironment.mjs');

const quote = text => `'${text.replaceAll("'", "'\\''")}'`;

/** Shells that wait for a task. */
export class Shells {
  #spare = [];
  #refilling = false;
  #closed = false;

  /**
   * A shell's process with its start time in `startTime`. It has no pid when
   * the system refused one; then it emits `error`.
   */
  take() {
    const shell = this.#spare.shift() ?? this.#start();
    this.refill();
    return shell;
  }

  /**
   * Starts what is missing, one in a turn of the loop: beside the task that
   * was just started. (When it ended would be the wrong moment: the scheduler
   * asks for the next one then.)
   */
  refill() {
    if (this.#refilling || this.#closed) {
      return;
    }
    this.#refilling = true;
    setImmediate(() => {
      this.#refilling = false;
      if (this.#closed || this.#spare.length >= SPARE_SHELLS) {
        return;
      }
      const shell = this.#start();
      if (shell.pid === undefined) {
        // Whoever needs one next tries for himself, and tells why.
        shell.once('error', () => {});
        return;
      }
      this.#spare.push(shell);
      shell.once('exit', () => {
        this.#spare = this.#spare.filter(other => other !== shell);
      });
      this.refill();
    });
  }

  close() {
    this.#closed = true;
    this.#spare.splice(0).forEach(shell => shell.stdin.end());
  }

  #start() {
    const shell = spawn('/bin/sh', [], {
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // A shell that died before it read its script: its exit tells.
    shell.stdin?.on('error', () => {});
    shell.startTime = shell.pid && startTimeOf(shell.pid);
    return shell;
  }
}

/** Makes the two files a task's shell writes to. */
export function makeShellFiles(paths) {
  closeSync(openSync(paths.log, 'ax', 0o600));
  const status = openSync(paths.status, 'wx', 0o600);
  try {
    writeSync(status, STATUS_ROOM, 0, STATUS_ROOM.length, 0);
  } finally {
    closeSync(status);
  }
}

/** Hands a task to a shell: from here on it runs. */
export function runInShell(shell, { command, env, paths }) {
  shell.stdin.end(script({ command, env, paths }));
}

function script({ command, env, paths }) {
  const { plain, odd } = splitEnvironment(env);
  const argv = [...command];
  if (Object.keys(odd).length > 0) {
    plain[ODD_ENVIRONMENT] = JSON.stringify(odd);
    argv.unshift(process.execPath, '--no-warnings', WITH_ENVIRONMENT);
  }
  const exports = Object.entries(plain)
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join('');
  return `{
exec >>${quote(paths.log)} 2<>${quote(paths.status)}
cd ${quote(paths.work)} || exit
unset OLDPWD
trap : TERM INT HUP QUIT
${exports}(exec ${argv.map(quote).join(' ')} </dev/null 2>&1)
c=$?
echo $c >&2
exit $c
}
`;
}

/**
 * Reads what the shell wrote: `{ code, signal }`, or `{ said }` when it did
 * not come to write a code.
 */
export function parseStatus(text) {
  const match = /^([^]*?)(\d{1,3})\n *$/.exec(text);
  if (!match) {
    return { said: text.trim() };
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
