import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  runnerInstance,
  type TaskExecutor,
} from '@maestro/plugin-maestro-node';
import type { ExecutorFixture } from '@maestro/plugin-maestro-node/conformance';
import {
  createLocalExecutor,
  type LocalExecutorOptions,
} from '../LocalExecutor';

/** A data directory of its own, with the launcher that belongs to it. */
export class LocalFixture implements ExecutorFixture {
  readonly dataDir: string;
  readonly #options: Partial<LocalExecutorOptions>;

  constructor(options: Partial<LocalExecutorOptions> = {}) {
    this.#options = options;
    this.dataDir =
      options.dataDir ??
      realpathSync(mkdtempSync(join(tmpdir(), 'maestro-local-')));
  }

  makeExecutor(): TaskExecutor {
    return createLocalExecutor({
      minFreeDiskBytes: 0,
      ...this.#options,
      dataDir: this.dataDir,
    });
  }

  /** The launcher that answers for the data directory. */
  launcherPid(): number {
    return JSON.parse(
      readFileSync(join(this.dataDir, 'runner', 'runner.json'), 'utf8'),
    ).pid;
  }

  async leftovers(): Promise<string[]> {
    return markedProcesses(this.dataDir);
  }

  /** Ends the launcher in its orderly way. */
  async stopLauncher(): Promise<void> {
    let pid: number;
    try {
      pid = this.launcherPid();
    } catch {
      // No test reached the point where one was started.
      return;
    }
    if (!isRunning(pid)) {
      return;
    }
    process.kill(pid, 'SIGTERM');
    const deadline = Date.now() + 60_000;
    while (isRunning(pid)) {
      if (Date.now() > deadline) {
        throw new Error(
          `Launcher ${pid} did not end within a minute of SIGTERM`,
        );
      }
      await sleep(10);
    }
  }

  async tearDown(): Promise<void> {
    await this.stopLauncher();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** Whether a process is there and no zombie. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Living processes that carry the mark of a data directory. */
export function markedProcesses(dataDir: string): string[] {
  const mark = `MAESTRO_RUNNER=${runnerInstance(dataDir).split('/')[1]}\0`;
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      try {
        return (
          readFileSync(`/proc/${pid}/environ`).includes(mark) &&
          isRunning(Number(pid))
        );
      } catch {
        // It ended while we looked.
        return false;
      }
    })
    .map(pid => `${pid} ${commandLine(pid)}`);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '(gone)';
  }
}
