import { mkdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import type { LogSlice, ObservedAttempt } from '../executor/types';
import { attemptFiles } from './attemptFiles';
import { Connection, ConnectionLostError } from './Connection';
import {
  LAYOUT,
  PROTOCOL,
  type HelloAnswer,
  type LauncherMessage,
  type Operation,
  type ProcessRequest,
  type RunnerHealth,
  type RunnerInfo,
} from './messages';
import { readAttemptLog } from './readAttemptLog';
import { startLauncher } from './startLauncher';

/** How long a request goes on looking for a launcher that answers it. */
const REQUEST_WITHIN_MS = 30_000;

/** People wait for this answer. */
const HEALTH_WITHIN_MS = 3000;

const RECONNECT_MIN_MS = 20;
const RECONNECT_MAX_MS = 5000;

/**
 * Options of a {@link RunnerClient}.
 *
 * @public
 */
export interface RunnerClientOptions {
  /** Absolute path; made when it is missing. */
  dataDir: string;
  /**
   * Short folder for the socket, mode 0700.
   * @defaultValue `/tmp/maestro-<uid>`
   */
  runtimeDir?: string;
  /**
   * Path of `launcher.mjs`.
   * @defaultValue the one in this package
   */
  launcherPath?: string;
  /** Told what people should know, such as "the launcher was replaced". */
  log?(message: string): void;
  /**
   * Whether {@link RunnerClient.renew} is called again and again: what runs is
   * ended when that stops. A launcher that does not know it yet is replaced.
   */
  renews?: boolean;
  /** What changed; may be told twice. */
  onObservation?(attempt: ObservedAttempt): void;
  /** The log of an attempt grew; a hint. */
  onLogGrowth?(attemptId: string): void;
}

/**
 * Runs processes through the launcher of a data directory.
 *
 * Finds the launcher that runs already, or starts one; when it dies, another
 * one is started, which adopts what runs, and everything is reported again.
 * Requests are repeated over a lost connection: each has its effect once.
 *
 * @public
 */
export class RunnerClient {
  readonly #options: RunnerClientOptions;
  readonly #ended = new Set<string>();
  #dataDir: string;
  #connection?: Promise<Connection>;
  #stopped = false;

  constructor(options: RunnerClientOptions) {
    this.#options = options;
    this.#dataDir = options.dataDir;
  }

  /**
   * Connects to the launcher, starting one when there is none. Throws when it
   * cannot run here, with its reason.
   */
  async connect(): Promise<void> {
    if (process.platform !== 'linux') {
      throw new Error(
        `Processes can be run on Linux only, because /proc is needed to find them again; this is ${process.platform}`,
      );
    }
    await mkdir(this.#options.dataDir, { recursive: true, mode: 0o700 });
    this.#dataDir = await realpath(this.#options.dataDir);
    await this.#connected();
  }

  /**
   * Starts a process; a second request for the same attempt has no effect.
   * Rejects with an ExecutorError when it is certain that it will not run.
   */
  async launch(request: ProcessRequest): Promise<ObservedAttempt> {
    return (await this.#request('launch', request)).ok as ObservedAttempt;
  }

  /**
   * What runs may run on until then, in milliseconds of `process.hrtime`; see
   * {@link RunnerClientOptions.renews}.
   */
  async renew(until: number): Promise<void> {
    await this.#request('renew', { until }, HEALTH_WITHIN_MS);
  }

  /** TERM, after `graceMs` KILL. Unknown attempts are ignored. */
  async cancel(attemptId: string, graceMs: number): Promise<void> {
    await this.#request('cancel', { attemptId, graceMs });
  }

  /** Everything there is in the data directory. */
  async list(): Promise<ObservedAttempt[]> {
    return (await this.#request('list')).items;
  }

  /** Removes the files of an ended attempt; rejects while it runs. */
  async forget(attemptId: string): Promise<void> {
    await this.#request('forget', { attemptId });
    this.#ended.delete(attemptId);
  }

  /** How the launcher is; rejects when it does not answer within 3 s. */
  async health(): Promise<RunnerHealth> {
    return (await this.#request('health', {}, HEALTH_WITHIN_MS))
      .ok as RunnerHealth;
  }

  /** Bytes of the log, read from its file without asking the launcher. */
  async readLog(
    attemptId: string,
    options: { offset: number; limit: number },
  ): Promise<LogSlice> {
    return readAttemptLog(
      attemptFiles(this.#dataDir, attemptId),
      this.#ended.has(attemptId),
      options,
    );
  }

  /** Closes the connection. The launcher and what it runs go on. */
  async close(): Promise<void> {
    this.#stopped = true;
    const connection = await this.#connection?.catch(() => undefined);
    connection?.close();
  }

  async #request(
    op: Operation,
    args: object = {},
    withinMs: number = REQUEST_WITHIN_MS,
  ) {
    const deadline = Date.now() + withinMs;
    const inTime = <T>(promise: Promise<T>) =>
      within(
        deadline - Date.now(),
        promise,
        `The process launcher did not answer to "${op}" within ${withinMs} ms`,
      );
    for (;;) {
      const connection = await inTime(this.#connected());
      try {
        return await inTime(connection.call(op, args));
      } catch (error) {
        if (!(error instanceof ConnectionLostError) || this.#stopped) {
          throw error;
        }
      }
    }
  }

  #connected(): Promise<Connection> {
    if (this.#stopped) {
      return Promise.reject(new Error('The process runner client was closed'));
    }
    if (!this.#connection) {
      const opening = this.#open();
      this.#connection = opening;
      opening.then(
        connection => {
          connection.onClose(() => this.#closed(opening));
          if (this.#stopped) {
            connection.close();
          }
        },
        () => {
          if (this.#connection === opening) {
            this.#connection = undefined;
          }
        },
      );
    }
    return this.#connection;
  }

  #closed(opening: Promise<Connection>): void {
    if (this.#connection !== opening) {
      return;
    }
    this.#connection = undefined;
    if (!this.#stopped) {
      this.#options.log?.(
        'The process launcher is gone: starting another one, which adopts what runs',
      );
      void this.#comeBack();
    }
  }

  /** Observations may have been missed meanwhile: all is told again. */
  async #comeBack(): Promise<void> {
    let delay = RECONNECT_MIN_MS;
    while (!this.#stopped) {
      try {
        for (const attempt of await this.list()) {
          this.#observed(attempt);
        }
        return;
      } catch (error) {
        if (this.#stopped) {
          return;
        }
        this.#options.log?.(`${(error as Error).message}; trying again`);
        await sleep(delay, undefined, { ref: false });
        delay = Math.min(delay * 2, RECONNECT_MAX_MS);
      }
    }
  }

  async #open(): Promise<Connection> {
    const deadline = Date.now() + REQUEST_WITHIN_MS;
    const path = this.#options.launcherPath ?? launcherPath();
    let started: Started | undefined;
    for (;;) {
      const connection = await this.#reach(started);
      if (connection) {
        return connection;
      }
      const start = await startLauncher({
        dataDir: this.#dataDir,
        launcherPath: path,
        runtimeDir: this.#options.runtimeDir ?? process.env.MAESTRO_RUNTIME_DIR,
      });
      if (Date.now() > deadline) {
        throw new Error(
          `A process launcher holds ${
            this.#dataDir
          } but did not answer within ${REQUEST_WITHIN_MS} ms; see runner/launcher.log there`,
        );
      }
      started = start === 'held' ? undefined : { path, pid: start.pid };
      if (start === 'held') {
        await sleep(50);
      }
    }
  }

  /**
   * Connects to the launcher that is there; undefined when there is none.
   *
   * @param started - the launcher that was started for it just now
   */
  async #reach(started?: Started): Promise<Connection | undefined> {
    const info = await readInfo(join(this.#dataDir, 'runner', 'runner.json'));
    if (!info) {
      return undefined;
    }
    let connection: Connection;
    try {
      connection = await Connection.open(
        info.socket,
        event => this.#take(event),
        { renews: this.#options.renews },
      );
    } catch {
      // A socket that nobody listens at, or who listens does not answer.
      return undefined;
    }
    const { hello } = connection;
    if (hello.dataDir !== this.#dataDir) {
      connection.close();
      return undefined;
    }
    const fault = faultOf(hello, this.#options);
    if (fault === undefined) {
      return connection;
    }
    // Another backend of another version may have put its own in its place.
    if (started && (started.pid ?? hello.pid) === hello.pid) {
      connection.close();
      // One more of the same would not be another one.
      throw new Error(
        `The process launcher ${started.path} ${fault}: the two were built from different sources; build again (npm start does)`,
      );
    }
    await this.#replace(connection, fault);
    return undefined;
  }

  /** Another version's launcher leaves; its processes go on and are adopted. */
  async #replace(connection: Connection, fault: string): Promise<void> {
    const { layout, live } = connection.hello;
    try {
      if (layout !== LAYOUT && live > 0) {
        throw new Error(
          `The process launcher in ${
            this.#dataDir
          } is of another version (layout ${layout}, here ${LAYOUT}) and still runs ${live} attempts: wait until they ended, or stop it by ending pid ${
            connection.hello.pid
          }`,
        );
      }
      this.#options.log?.(
        `Replacing a process launcher of another version, which ${fault}; ${live} running attempts are adopted`,
      );
      const closed = new Promise<void>(resolve => connection.onClose(resolve));
      await connection.call('retire');
      await within(5000, closed, 'The old process launcher did not leave');
    } finally {
      connection.close();
    }
  }

  #take(message: LauncherMessage): void {
    if (!('event' in message)) {
      return;
    }
    if (message.event === 'observation') {
      this.#observed(message.attempt);
    } else {
      guarded(this.#options.log, () =>
        this.#options.onLogGrowth?.(message.attemptId),
      );
    }
  }

  #observed(attempt: ObservedAttempt): void {
    if (attempt.phase === 'ended') {
      this.#ended.add(attempt.attemptId);
    }
    guarded(this.#options.log, () => this.#options.onObservation?.(attempt));
  }
}

/** A launcher that was started here. */
interface Started {
  /** Of its file. */
  path: string;
  pid?: number;
}

/** Why this program cannot work with a launcher; undefined when it can. */
function faultOf(
  hello: HelloAnswer,
  { renews }: Pick<RunnerClientOptions, 'renews'>,
): string | undefined {
  if (hello.protocol !== PROTOCOL) {
    return `speaks protocol ${hello.protocol} and this program ${PROTOCOL}`;
  }
  // It would end a command well and drop what that hands on.
  if (!hello.handsOn) return 'does not know handsOn, and this program needs it';
  if (renews && !hello.renews) {
    return 'does not know renews, and this program needs it';
  }
  return undefined;
}

function launcherPath(): string {
  return resolvePackagePath(
    '@maestro/plugin-maestro-node',
    'launcher',
    'launcher.mjs',
  );
}

async function readInfo(path: string): Promise<RunnerInfo | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as RunnerInfo;
  } catch (error) {
    if (
      error instanceof SyntaxError ||
      (error as NodeJS.ErrnoException).code === 'ENOENT'
    ) {
      return undefined;
    }
    throw error;
  }
}

function guarded(
  log: ((message: string) => void) | undefined,
  act: () => void,
) {
  try {
    act();
  } catch (error) {
    log?.(`A listener of the process runner failed: ${error}`);
  }
}

async function within<T>(
  ms: number,
  promise: Promise<T>,
  message: string,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(message)), Math.max(0, ms));
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
