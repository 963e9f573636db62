import type { LoggerService } from '@backstage/backend-plugin-api';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import {
  type TestEngine,
  ScriptedExecutor,
  createTestEngine,
} from '../engine/testing';

const silent = () => {};
const logger: LoggerService = {
  debug: silent,
  info: silent,
  warn: silent,
  error: message => process.stderr.write(`${message}\n`),
  child: () => logger,
};

/**
 * The real engine on a real database, with an executor whose tasks are over at
 * once.
 *
 * @param options.maxParallel - what the executor takes at a time. Default: 256
 * @param options.onLaunch - called with each attempt when it is launched
 */
export async function startBenchEngine(
  db: MaestroDatabase,
  options: {
    maxParallel?: number;
    onLaunch?(attemptId: string): void;
  } = {},
): Promise<TestEngine> {
  const executor = new ScriptedExecutor(({ attemptId }) => {
    options.onLaunch?.(attemptId);
    return { result: 'success', exitCode: 0 };
  });
  // Takes more at a time than a test needs.
  Object.assign(executor.capabilities, {
    maxParallel: options.maxParallel ?? 256,
  });
  return createTestEngine(db, { logger, executor });
}

/** Starts a run of a pipeline and resolves when it is a success. */
export async function runToSuccess(
  engine: TestEngine,
  pipeline: string,
): Promise<void> {
  const runId = await engine.trigger(pipeline);
  for (;;) {
    const { state } = await engine.run(runId);
    if (state === 'success') return;
    if (state === 'failed') throw new Error(`The run of ${pipeline} failed`);
    await sleep(25);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms);
  });
}

/** The value below which a share `q` (0 to 1) of the values lies. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

/** One line of JSON, for the program that started this one. */
export function print(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
