import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoggerService } from '@backstage/backend-plugin-api';
import {
  runHeadless,
  type HeadlessRunOptions,
  type HeadlessRunResult,
} from '@maestro/plugin-maestro-backend';
import type { Context } from '../Context';
import { LogLines } from '../logLines';
import { EXIT } from '../outcome';
import { clock, duration } from '../output/format';
import { stateColour, withReason } from '../output/states';
import { paint } from '../output/table';
import type { collectInputs } from './testInputs';

/** Time for a task to end by itself after Ctrl-C. */
const CANCEL_GRACE_MS = 2_000;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Ctrl-C and its like: the first cancels the run, the second ends us too. */
class StopSignals {
  readonly #abort = new AbortController();
  readonly #listeners: Array<[NodeJS.Signals, () => void]> = [];
  exitCode?: number;

  constructor(context: Context, dataDir: string) {
    for (const [name, code] of Object.entries(SIGNALS)) {
      const listener = () => {
        if (this.exitCode !== undefined) {
          // The launcher ends what it runs when its folder is gone.
          removeDataDir(dataDir);
          process.exit(code);
        }
        this.exitCode = code;
        context.note('maestro: ending the run; once more ends at once');
        this.#abort.abort();
      };
      process.on(name, listener);
      this.#listeners.push([name as NodeJS.Signals, listener]);
    }
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  close(): void {
    for (const [name, listener] of this.#listeners) {
      process.removeListener(name, listener);
    }
  }
}

/** State changes and logs in the order in which they come. */
class Screen {
  readonly #context: Context;
  readonly #lines: LogLines;
  /** Writes wait for each other, so that lines stay whole. */
  #last: Promise<void> = Promise.resolve();

  constructor(context: Context, showLine?: (line: Buffer) => Buffer) {
    this.#context = context;
    this.#lines = new LogLines(bytes => this.#write(bytes), showLine);
  }

  task(change: {
    taskId: string;
    state: Parameters<typeof stateColour>[0]['state'];
    reason?: string;
    tryNumber: number;
  }): void {
    const { colour } = this.#context.style;
    const state = paint(
      withReason(change.state, change.reason),
      stateColour(change),
      colour && !this.#context.json,
    );
    const which = change.tryNumber > 1 ? `, try ${change.tryNumber}` : '';
    const line = `${clock(Date.now())}  ${change.taskId}  ${state}${which}\n`;
    this.#then(() => this.#write(Buffer.from(line)));
  }

  log(piece: { taskId: string; attempt: number; bytes: Buffer }): void {
    const which = piece.attempt > 1 ? ` (attempt ${piece.attempt})` : '';
    this.#then(() =>
      this.#lines.add(`${piece.taskId}${which} | `, piece.bytes),
    );
  }

  async end(): Promise<void> {
    this.#then(() => this.#lines.endAll());
    await this.#last;
  }

  #then(next: () => Promise<void>): void {
    this.#last = this.#last.then(next);
    // Whoever waits at the end gets the error; nobody else has to.
    this.#last.catch(() => {});
  }

  #write(bytes: Buffer): Promise<void> {
    const { stdout, stderr } = this.#context.streams;
    return this.#context.writeBytes(
      bytes,
      this.#context.json ? stderr : stdout,
    );
  }
}

/** What is run, and how it is shown. */
export interface ScreenRun
  extends Pick<
    HeadlessRunOptions,
    | 'definition'
    | 'files'
    | 'others'
    | 'params'
    | 'logicalDate'
    | 'partitionKey'
    | 'createExecutor'
  > {
  inputs: Awaited<ReturnType<typeof collectInputs>>;
  /** Also what the engine says. */
  verbose?: boolean;
  /** How a line of a log is shown; default as it is. */
  showLine?: (line: Buffer) => Buffer;
}

/** Runs a definition once and shows what happens. Sets the exit code. */
export async function runOnScreen(
  context: Context,
  { inputs, verbose, showLine, ...run }: ScreenRun,
): Promise<void> {
  const screen = new Screen(context, showLine);
  const dataDir = mkdtempSync(join(tmpdir(), 'maestro-test-'));
  const stop = new StopSignals(context, dataDir);
  const { name } = run.definition;
  try {
    const result = await runHeadless({
      ...run,
      ...inputs,
      dataDir,
      logger: loggerOf(context, Boolean(verbose)),
      signal: stop.signal,
      cancelGraceMs: CANCEL_GRACE_MS,
      onTask: change => screen.task(change),
      onLog: piece => screen.log(piece),
    });
    await screen.end();
    await context.result({ pipeline: name, ...result }, () =>
      resultText(name, result),
    );
    if (result.state === 'failed') context.exitCode = EXIT.failed;
  } finally {
    stop.close();
    removeDataDir(dataDir);
  }
  if (stop.exitCode) context.exitCode = stop.exitCode;
}

function removeDataDir(dataDir: string): void {
  // The launcher writes its last words while it is removed.
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
}

function loggerOf(context: Context, verbose: boolean): LoggerService {
  const say = (level: string) => (message: string) =>
    context.note(`maestro: ${level}: ${message}`);
  const silent = () => {};
  const logger: LoggerService = {
    error: say('error'),
    warn: say('warning'),
    info: verbose ? say('info') : silent,
    debug: silent,
    child: () => logger,
  };
  return logger;
}

function resultText(name: string, result: HeadlessRunResult): string {
  return `${name}: ${withReason(result.state, result.reason)} after ${duration(
    result.durationMs,
  )}`;
}
