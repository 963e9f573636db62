import { randomUUID } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@backstage/errors';
import {
  attemptFiles,
  RunnerClient,
  runnerInstance,
  type ExecutorCapabilities,
  type ExecutorHealth,
  type ExecutorStartOptions,
  type LaunchRequest,
  type LogSlice,
  type ObservedAttempt,
  type TaskExecutor,
} from '@maestro/plugin-maestro-node';
import { taskEnvironment } from './environment';
import { SourceStore } from './sources';

const DEFAULT_MIN_FREE_BYTES = 256 * 1024 * 1024;

/**
 * Options of {@link createLocalExecutor}.
 *
 * @public
 */
export interface LocalExecutorOptions {
  /** Absolute path; made with mode 0700 when it is missing. */
  dataDir: string;
  /**
   * Attempts at the same time.
   * @defaultValue the cores of this machine
   */
  maxParallel?: number;
  /** Folder with `python`, put first on the PATH of each task. */
  python?: string;
  /**
   * Environment variables that tasks inherit beside PATH, HOME, LANG, LC_*,
   * TZ and the user's name.
   * @defaultValue none
   */
  passEnvironment?: string[];
  /**
   * Free bytes on the data directory's disk: below, nothing is launched, and
   * the log that grows most is ended.
   * @defaultValue 256 MiB
   */
  minFreeDiskBytes?: number;
  /**
   * Short folder for the launcher's socket.
   * @defaultValue `$MAESTRO_RUNTIME_DIR`, or `/tmp/maestro-<uid>`
   */
  runtimeDir?: string;
  /**
   * Several hosts run tasks as processes for one database: what runs here ends
   * itself when no scheduler of this host reaches the database for half of its
   * TTL, and this data directory must be of this host alone.
   * @defaultValue false
   */
  several?: boolean;
  logger?: { info(message: string): void };
}

class LocalExecutor implements TaskExecutor {
  readonly name = 'local';
  readonly instance: string;
  readonly place: string;
  readonly capabilities: ExecutorCapabilities;
  readonly #options: LocalExecutorOptions;
  readonly #dataDir: string;
  readonly #minFreeBytes: number;
  readonly #sources: SourceStore;
  readonly #runner: RunnerClient;
  #listener?: ExecutorStartOptions;

  constructor(options: LocalExecutorOptions) {
    const maxParallel = options.maxParallel ?? availableParallelism();
    if (!Number.isInteger(maxParallel) || maxParallel < 1) {
      throw new InputError(
        `maxParallel of the local executor must be a whole number of at least 1, not ${maxParallel}`,
      );
    }
    this.#options = options;
    mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
    this.#dataDir = realpathSync(options.dataDir);
    this.#minFreeBytes = options.minFreeDiskBytes ?? DEFAULT_MIN_FREE_BYTES;
    this.instance = runnerInstance(this.#dataDir);
    this.place = ownName(this.#dataDir);
    this.capabilities = {
      maxParallel,
      honoursResources: false,
      honoursImage: false,
      exactLogs: true,
      sharedByReplicas: false,
      severalHosts: options.several ?? false,
    };
    this.#sources = new SourceStore(join(this.#dataDir, 'sources'));
    this.#runner = new RunnerClient({
      dataDir: this.#dataDir,
      runtimeDir: options.runtimeDir,
      renews: options.several,
      log: message => options.logger?.info(message),
      onObservation: attempt => this.#listener?.onObservation(attempt),
      onLogGrowth: attemptId => this.#listener?.onLogGrowth(attemptId),
    });
  }

  async start(options: ExecutorStartOptions): Promise<void> {
    this.#listener = options;
    options.signal.addEventListener('abort', () => void this.stop(), {
      once: true,
    });
    await this.#runner.connect();
    const live = (await this.#runner.list())
      .filter(attempt => attempt.phase !== 'ended')
      .map(attempt => attempt.startedAt ?? 0);
    const now = Date.now();
    await this.#sources.prune(now, Math.min(now, ...live));
  }

  async launch(request: LaunchRequest): Promise<void> {
    const called = monotonicMs();
    const { beginWithinMs } = request;
    const sources = await this.#sources.layOut(request.sources);
    if (monotonicMs() - called > (beginWithinMs ?? Infinity)) {
      throw new Error(
        `Attempt ${request.attemptId} was not begun: its launch took longer than ${beginWithinMs} ms`,
      );
    }
    await this.#runner.launch({
      attemptId: request.attemptId,
      command: request.command,
      env: taskEnvironment({
        own: process.env,
        passed: this.#options.passEnvironment ?? [],
        python: this.#options.python,
        requested: request.env,
        sourceDir: sources.dir,
        files: attemptFiles(this.#dataDir, request.attemptId),
      }),
      sourceDir: sources.dir,
      links: request.sourcesApart ? [] : sources.entries,
      logLimitBytes: request.logLimitBytes,
      handsOn: request.handsOn,
      minFreeBytes: this.#minFreeBytes,
      beginBefore:
        beginWithinMs === undefined ? undefined : called + beginWithinMs,
    });
  }

  async renew(forMs: number, heartbeat: () => Promise<void>): Promise<void> {
    const until = monotonicMs() + forMs;
    await heartbeat();
    if (this.#options.several) await this.#runner.renew(until);
  }

  async cancel(attemptId: string, options: { graceMs: number }): Promise<void> {
    await this.#runner.cancel(attemptId, options.graceMs);
  }

  async list(): Promise<ObservedAttempt[]> {
    return this.#runner.list();
  }

  async readLog(
    attemptId: string,
    options: { offset: number; limit: number },
  ): Promise<LogSlice> {
    return this.#runner.readLog(attemptId, options);
  }

  async forget(attemptId: string): Promise<void> {
    await this.#runner.forget(attemptId);
  }

  async health(): Promise<ExecutorHealth> {
    let health;
    try {
      health = await this.#runner.health();
    } catch (error) {
      return { ok: false, message: (error as Error).message };
    }
    if (health.freeBytes < this.#minFreeBytes) {
      return {
        ok: false,
        message: `The disk of ${this.#dataDir} has ${
          health.freeBytes
        } bytes free, ${this.#minFreeBytes} are kept: free some space`,
      };
    }
    if (health.unsaved > 0) {
      return {
        ok: false,
        message: `${health.unsaved} outcomes wait to be written to ${
          this.#dataDir
        }: see runner/launcher.log there`,
      };
    }
    const { python } = this.#options;
    return python && !existsSync(python)
      ? {
          ok: true,
          message: `The Python environment ${python} is not there: tasks that need it fail`,
        }
      : { ok: true };
  }

  async stop(): Promise<void> {
    this.#listener = undefined;
    await this.#runner.close();
  }
}

/** One clock for all processes of this host. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

/**
 * A name that this data directory got when it was used first: containers on one
 * machine share its boot id, and often the path.
 */
function ownName(dataDir: string): string {
  const file = join(dataDir, 'instance');
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, randomUUID(), { mode: 0o600 });
  try {
    // Whole or not at all, and only once.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  return readFileSync(file, 'utf8').trim();
}

/**
 * The executor `local`: each attempt is a process on this machine.
 *
 * Processes are started by a small launcher that outlives this process, so
 * they go on through a restart or crash of the scheduler. Two schedulers with
 * the same data directory see the same attempts. `image` and `resources` have
 * no effect.
 *
 * @public
 */
export function createLocalExecutor(
  options: LocalExecutorOptions,
): TaskExecutor {
  return new LocalExecutor(options);
}
