import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { LoggerService } from '@backstage/backend-plugin-api';
import {
  runHeadless,
  type HeadlessRunResult,
} from '@maestro/plugin-maestro-backend';
import { createLocalExecutor } from '@maestro/plugin-maestro-backend-module-local';
import { paramValues } from '../argumentValues';
import type { TestOptions } from '../commands/test';
import type { Context } from '../Context';
import { checkoutRoot, findDataDir, findInstallation } from '../installation';
import { LogLines } from '../logLines';
import { CommandError, EXIT, explain } from '../outcome';
import { clock, duration } from '../output/format';
import { stateColour, withReason } from '../output/states';
import { paint } from '../output/table';
import { findPipeline } from './findPipeline';
import { collectInputs, readSeeds } from './testInputs';

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

  constructor(context: Context) {
    this.#context = context;
    this.#lines = new LogLines(bytes => this.#write(bytes));
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

/** Runs a pipeline once and shows what happens. Sets the exit code. */
export async function testPipeline(
  context: Context,
  options: TestOptions & { pipeline: string; logicalDate: number },
): Promise<void> {
  const { definition, files } = await findPipeline(
    options.pipeline,
    context.around,
  );
  const { connections, variables } = await collectInputs(definition, {
    flags: options,
    client: options.offline ? undefined : clientIfAny(context),
    seeds: readSeeds(findDataDir(context.around)),
    note: text => context.note(text),
  });
  const params = paramValues(options, definition.params);
  const screen = new Screen(context);
  const dataDir = mkdtempSync(join(tmpdir(), 'maestro-test-'));
  const stop = new StopSignals(context, dataDir);
  try {
    const result = await runHeadless({
      definition,
      files,
      params,
      connections,
      variables,
      logicalDate: options.logicalDate,
      dataDir,
      createExecutor: dir =>
        createLocalExecutor({
          dataDir: dir,
          python: pythonFolder(context),
          maxParallel: options.maxParallel,
        }),
      logger: loggerOf(context, Boolean(options.verbose)),
      signal: stop.signal,
      cancelGraceMs: CANCEL_GRACE_MS,
      onTask: change => screen.task(change),
      onLog: piece => screen.log(piece),
    });
    await screen.end();
    await context.result({ pipeline: definition.name, ...result }, () =>
      resultText(definition.name, result),
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

/** The API when an installation is known here; whether it answers shows later. */
function clientIfAny(context: Context) {
  try {
    findInstallation(context.around);
  } catch (error) {
    if (explain(error).exitCode === EXIT.unreachable) return undefined;
    throw error;
  }
  return context.client;
}

/** The folder with the `python` that tasks find first. */
function pythonFolder({ around }: Context): string | undefined {
  const named = around.env.MAESTRO_PYTHON;
  if (named) {
    const path = resolve(around.cwd, named);
    if (!existsSync(path)) {
      throw new CommandError(
        EXIT.usage,
        `MAESTRO_PYTHON is ${named}, which does not exist`,
      );
    }
    return statSync(path).isDirectory() ? path : dirname(path);
  }
  const root = checkoutRoot(around.commandDir);
  const fetched = root && join(root, '.tools/python/bin');
  return fetched && existsSync(fetched) ? fetched : undefined;
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
