/* eslint-disable jest/no-standalone-expect -- a suite for the tests of other packages */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  LaunchRequest,
  ObservedAttempt,
  TaskExecutor,
} from '../executor/types';

/**
 * Parts of the contract that executors of another kind have no place for: what
 * is asked of them is no command, or its end no exit code.
 *
 * - `exitCodes`: the outcome tells exit code and signal
 * - `outputFile`: outputs are what the task wrote to `$MAESTRO_OUTPUT`
 * - `environment`: environment, arguments and sources are those of the request
 * - `grace`: `graceMs` of a cancel is what the task is given
 * - `exactText`: nothing but the task's own bytes is in the log
 *
 * @public
 */
export type ConformanceAspect =
  | 'exitCodes'
  | 'outputFile'
  | 'environment'
  | 'grace'
  | 'exactText';

/**
 * What tasks of an executor wait at.
 *
 * @public
 */
export interface ConformanceGate {
  /** A path that does not exist where the task runs. */
  file: string;
  /** Makes it, for an attempt that runs. */
  open(attemptId: string): Promise<void>;
}

/**
 * What the conformance suite needs to know of an executor under test.
 *
 * @public
 */
export interface ExecutorFixture {
  /**
   * A new executor on the same data: a second one stands for the scheduler
   * after a restart, or for another process.
   */
  makeExecutor(): TaskExecutor;
  /**
   * How an attempt is asked for that runs the command of a request, where the
   * executor itself runs none.
   */
  ask?(request: LaunchRequest): LaunchRequest;
  /** A log without what the executor adds to the bytes of the task. */
  textOf?(log: Buffer): Buffer;
  /**
   * Where a task waits until the test lets it go on, for tasks that do not see
   * the files of this machine.
   */
  gate?: ConformanceGate;
  /** Descriptions of processes or pods that still exist for any attempt. */
  leftovers(): Promise<string[]>;
  /** Ends and removes everything. */
  tearDown(): Promise<void>;
}

/**
 * Options of `describeExecutorConformance`.
 *
 * @public
 */
export interface ExecutorConformanceOptions {
  /** Called before each test. */
  setUp(): Promise<ExecutorFixture>;
  /**
   * Size of the big log.
   * @defaultValue 200 MB
   */
  bigLogBytes?: number;
  /**
   * How long one attempt may take to get where a test wants it.
   * @defaultValue 60000
   */
  attemptTimeoutMs?: number;
  /**
   * Largest output file that a task can hand on.
   * @defaultValue 256 KiB
   */
  maxOutputBytes?: number;
  /**
   * Whether a shorter grace counts after the end was begun with a longer one.
   * @defaultValue true
   */
  shortensGrace?: boolean;
  /**
   * What the executor has no place for, and why; stands in the title of the
   * suite, whose tests of it are left out.
   */
  without?: Partial<Record<ConformanceAspect, string>>;
}

const PIECE_BYTES = 1024 * 1024;

/**
 * One test's executors, and what they said.
 *
 * @public
 */
export class Harness {
  readonly observations: ObservedAttempt[] = [];
  readonly growth: string[] = [];
  readonly #fixture: ExecutorFixture;
  readonly #timeoutMs: number;
  readonly #started: TaskExecutor[] = [];
  readonly #without: NonNullable<ExecutorConformanceOptions['without']>;
  /** Made when the first task waits that sees the files of this machine. */
  #folder: string | undefined;

  constructor(
    fixture: ExecutorFixture,
    timeoutMs: number,
    without: ExecutorConformanceOptions['without'] = {},
  ) {
    this.#fixture = fixture;
    this.#timeoutMs = timeoutMs;
    this.#without = without;
  }

  /** Whether a part of the contract holds for the executor. */
  has(aspect: ConformanceAspect): boolean {
    return this.#without[aspect] === undefined;
  }

  /** Checks how a command ended that is known to end with an exit code. */
  exited({ outcome }: ObservedAttempt, exitCode: number): void {
    expect(outcome).toMatchObject(
      exitCode === 0
        ? { result: 'success' }
        : { result: 'failed', failure: 'exit_code' },
    );
    if (this.has('exitCodes')) expect(outcome).toMatchObject({ exitCode });
  }

  /** Starts another executor on the same data. */
  async start(options: { deaf?: boolean } = {}): Promise<TaskExecutor> {
    const executor = this.#fixture.makeExecutor();
    await executor.start({
      onObservation: attempt => {
        if (!options.deaf) {
          this.observations.push(attempt);
        }
      },
      onLogGrowth: attemptId => this.growth.push(attemptId),
      signal: new AbortController().signal,
    });
    this.#started.push(executor);
    return executor;
  }

  /** Checks what a command wrote to `$MAESTRO_OUTPUT`. */
  handedOn({ outcome }: ObservedAttempt, outputs: string): void {
    if (this.has('outputFile')) expect(outcome?.outputs).toBe(outputs);
  }

  request(
    command: string[],
    changes: Partial<LaunchRequest> = {},
  ): LaunchRequest {
    const request: LaunchRequest = {
      attemptId: randomUUID(),
      command,
      env: {},
      sources: { versionHash: 'empty', files: [] },
      labels: {
        pipeline: 'conformance',
        runId: randomUUID(),
        taskId: 'task',
        mapIndex: -1,
      },
      logLimitBytes: 1024 ** 3,
      ...changes,
    };
    return this.#fixture.ask?.(request) ?? request;
  }

  /**
   * Shell text in which a task waits for `letGo`, so that whatever stands still
   * meanwhile finds it running.
   */
  get hold(): string {
    return `while [ ! -e '${this.#gate.file}' ]; do sleep 0.1; done`;
  }

  /** Ends the waiting of an attempt that runs. */
  async letGo(attemptId: string): Promise<void> {
    await this.#gate.open(attemptId);
  }

  get #gate(): ConformanceGate {
    if (this.#fixture.gate) return this.#fixture.gate;
    this.#folder ??= mkdtempSync(join(tmpdir(), 'conformance-'));
    const file = join(this.#folder, 'go');
    return { file, open: async () => writeFileSync(file, '') };
  }

  /** Launches and waits for the end. */
  async run(
    executor: TaskExecutor,
    request: LaunchRequest,
  ): Promise<ObservedAttempt> {
    await executor.launch(request);
    return this.ended(executor, request.attemptId);
  }

  /** The attempt as the listing has it; undefined when it is not there. */
  async listed(
    executor: TaskExecutor,
    attemptId: string,
  ): Promise<ObservedAttempt | undefined> {
    const found = (await executor.list()).filter(
      attempt => attempt.attemptId === attemptId,
    );
    expect(found.length).toBeLessThanOrEqual(1);
    return found[0];
  }

  /** Waits until the attempt is listed as ended. */
  async ended(
    executor: TaskExecutor,
    attemptId: string,
  ): Promise<ObservedAttempt> {
    return this.until(`attempt ${attemptId} has ended`, async () => {
      const attempt = await this.listed(executor, attemptId);
      return attempt?.phase === 'ended' ? attempt : undefined;
    });
  }

  /** Waits until something is there. */
  async until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const deadline = Date.now() + this.#timeoutMs;
    for (;;) {
      const value = await look();
      if (value !== undefined) {
        return value;
      }
      if (Date.now() > deadline) {
        throw new Error(`Waited ${this.#timeoutMs} ms in vain until ${what}`);
      }
      await sleep(20);
    }
  }

  /** Waits until the log holds a text. */
  async said(
    executor: TaskExecutor,
    attemptId: string,
    text: string,
  ): Promise<void> {
    let said = Buffer.alloc(0);
    await this.until(`attempt ${attemptId} said ${text}`, async () => {
      const { bytes } = await executor.readLog(attemptId, {
        offset: said.length,
        limit: PIECE_BYTES,
      });
      said = Buffer.concat([said, bytes]);
      return said.toString('utf8').includes(text) ? true : undefined;
    });
  }

  /** The whole log of an ended attempt, read piece by piece until `end`. */
  async log(
    executor: TaskExecutor,
    attemptId: string,
    limit: number = PIECE_BYTES,
  ): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    await this.eachPiece(executor, attemptId, limit, piece => {
      pieces.push(piece);
    });
    const whole = Buffer.concat(pieces);
    return this.#fixture.textOf?.(whole) ?? whole;
  }

  async eachPiece(
    executor: TaskExecutor,
    attemptId: string,
    limit: number,
    take: (bytes: Uint8Array) => void,
  ): Promise<void> {
    let offset = 0;
    const deadline = Date.now() + this.#timeoutMs;
    for (;;) {
      const slice = await executor.readLog(attemptId, { offset, limit });
      expect(slice.offset).toBe(offset);
      expect(slice.bytes.length).toBeLessThanOrEqual(limit);
      take(slice.bytes);
      offset += slice.bytes.length;
      if (slice.end) {
        return;
      }
      if (executor.capabilities.exactLogs) {
        expect(slice.bytes.length).toBeGreaterThan(0);
      } else if (slice.bytes.length === 0) {
        // The log of what ended may still be on its way.
        if (Date.now() > deadline) {
          throw new Error(`The log of ${attemptId} did not come to its end`);
        }
        await sleep(20);
      }
    }
  }

  /** Waits until the attempt is listed as running. */
  async running(executor: TaskExecutor, attemptId: string): Promise<void> {
    await this.until(`attempt ${attemptId} runs`, async () => {
      const attempt = await this.listed(executor, attemptId);
      expect(attempt?.phase).not.toBe('ended');
      return attempt?.phase === 'running' ? attempt : undefined;
    });
  }

  /** Waits until nothing of any attempt is left. */
  async nothingLeft(): Promise<void> {
    let left: string[] = [];
    const deadline = Date.now() + this.#timeoutMs;
    do {
      left = await this.#fixture.leftovers();
      if (left.length === 0) {
        return;
      }
      await sleep(20);
    } while (Date.now() < deadline);
    throw new Error(`Left over: ${left.join(', ')}`);
  }

  /** Descriptions of what exists right now. */
  async leftovers(): Promise<string[]> {
    return this.#fixture.leftovers();
  }

  /** Ends what the test left running, looks for leaks, cleans up. */
  async tearDown(): Promise<void> {
    try {
      if (this.#started.length > 0) {
        // A new one: those of the test may be stopped.
        const executor = await this.start();
        const live = (await executor.list()).filter(
          attempt => attempt.phase !== 'ended',
        );
        for (const { attemptId } of live) {
          await executor.cancel(attemptId, { graceMs: 0 });
          await this.ended(executor, attemptId);
        }
        await this.nothingLeft();
      }
    } finally {
      await Promise.all(this.#started.map(executor => executor.stop()));
      await this.#fixture.tearDown();
      if (this.#folder) rmSync(this.#folder, { recursive: true });
    }
  }
}
