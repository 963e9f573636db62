import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import {
  ExecutorError,
  LaunchLater,
  type RenderRequest,
} from '@maestro/plugin-maestro-node';

/** Importing Airflow takes 2 s, and more where the machine is busy. */
const START_MS = 180_000;
/**
 * Its own limit is 2 s of computing; what is over it is a busy machine, or a
 * task API that takes its time.
 */
const RENDER_MS = 30_000;
/** A launch has 3 s; one that would have to wait longer comes back. */
const TURN_MS = 800;
/** How long an attempt may come back. */
const PATIENCE_MS = 10 * 60_000;
const KEPT_STDERR = 4_000;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

interface Waiting {
  child: Child;
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

interface Reply {
  id?: number;
  ready?: boolean;
  texts?: string[];
  failed?: string;
  later?: string;
  changed?: string;
}

/**
 * The process that renders templates for a Python environment: started with the
 * first one, ended by itself when it was idle for ten minutes, started again.
 * Requests are answered in their order. One whose environment has changed is
 * replaced, as the fork server is: at once when packages or settings are others
 * (`nameOf`), within some 20 s when a file of them is (`environment.py`).
 */
export class RenderProcess {
  private child: Child | undefined;
  private ready: Promise<Child> | undefined;
  /** Of the environment that it was started with. */
  private name: string | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  /** The end of the request before the next one. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly options: {
      python: string;
      /** Its working directory; made when it is missing. */
      home: string;
      env: Record<string, string>;
      /** Another one when the environment is. */
      nameOf(): Promise<string>;
    },
  ) {}

  /**
   * @returns the texts, rendered
   * @throws ExecutorError: `exit_code` for a template that cannot be rendered,
   * which is the task's own failure, `launch` for a process that does not live;
   * LaunchLater while Airflow is imported, others are rendered, or the task API
   * does not answer
   */
  async render({ waitedMs = 0, ...request }: RenderRequest): Promise<string[]> {
    const before = this.turn;
    let done = () => {};
    this.turn = new Promise<void>(resolve => (done = resolve));
    let reply: Reply;
    try {
      const child = await inTime(
        before.then(() => this.running()),
        waitedMs,
      );
      reply = await this.ask(child, request);
    } finally {
      // One that did not come to its turn must not let the next one overtake.
      void before.finally(done);
    }
    if (reply.texts) return reply.texts;
    if (reply.changed !== undefined) {
      throw notNow(
        `Its templates wait to be rendered: the Python environment has changed (${reply.changed}), and Airflow is imported again`,
        waitedMs,
      );
    }
    if (reply.later !== undefined) {
      throw notNow(
        `Its templates wait to be rendered: the task API does not answer (${reply.later})`,
        waitedMs,
      );
    }
    throw new ExecutorError(
      'exit_code',
      `Its templates could not be rendered: ${reply.failed}`,
    );
  }

  async stop(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    this.ready = undefined;
    if (!child) return;
    const gone = new Promise<void>(resolve => child.once('close', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  private async running(): Promise<Child> {
    const name = await this.options.nameOf();
    if (this.name !== name) {
      this.name = name;
      await this.stop();
    }
    return (this.ready ??= this.start());
  }

  private async ask(child: Child, request: object): Promise<Reply> {
    const id = ++this.lastId;
    let timer: NodeJS.Timeout | undefined;
    try {
      const reply = await new Promise<Reply>((resolve, reject) => {
        this.waiting.set(id, { child, resolve, reject });
        timer = setTimeout(() => child.kill('SIGKILL'), RENDER_MS);
        child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
      });
      // The next one must not come to it.
      if (reply.changed !== undefined && this.child === child) {
        await this.stop();
      }
      return reply;
    } finally {
      clearTimeout(timer);
      this.waiting.delete(id);
    }
  }

  private start(): Promise<Child> {
    const { python, home, env } = this.options;
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const child: Child = spawn(python, ['-m', 'maestro_airflow.render'], {
      cwd: home,
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child = child;
    let stderr = '';
    // A broken pipe shows as the end of the process.
    child.stdin.on('error', () => {});
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-KEPT_STDERR);
    });
    return new Promise<Child>((resolve, reject) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), START_MS);
      const ended = (why: string) => {
        clearTimeout(timer);
        if (this.child === child) {
          this.child = undefined;
          this.ready = undefined;
        }
        const said = stderr.trim().split('\n').slice(-3).join(' ').trim();
        const error = new ExecutorError(
          'launch',
          `The process that renders templates (${python}) ${why}${
            said ? `: ${said}` : ''
          }`,
        );
        reject(error);
        for (const one of this.waiting.values()) {
          if (one.child === child) one.reject(error);
        }
      };
      child.once('error', error =>
        ended(`cannot be started: ${error.message}`),
      );
      child.once('close', (code, signal) =>
        ended(`ended with ${signal ?? `exit code ${code}`}`),
      );
      createInterface({ input: child.stdout }).on('line', line => {
        const reply = replyOf(line);
        if (!reply) {
          // Nothing of it can be told apart any more.
          child.kill('SIGKILL');
        } else if (reply.ready) {
          clearTimeout(timer);
          resolve(child);
        } else {
          this.waiting.get(reply.id!)?.resolve(reply);
        }
      });
    });
  }
}

function replyOf(line: string): Reply | undefined {
  try {
    return JSON.parse(line) as Reply;
  } catch {
    return undefined;
  }
}

/** It comes back, until it did so for too long. */
function notNow(message: string, waitedMs: number): Error {
  const giveUpInMs = PATIENCE_MS - waitedMs;
  return giveUpInMs > 0
    ? new LaunchLater(message, { giveUpInMs })
    : new ExecutorError('queued_timeout', message);
}

async function inTime<T>(work: Promise<T>, waitedMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          notNow(
            'Its templates wait to be rendered: Airflow is being imported, or those of other tasks come first',
            waitedMs,
          ),
        ),
      TURN_MS,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // It may fail when nobody waits for it any more.
    work.catch(() => {});
  }
}
