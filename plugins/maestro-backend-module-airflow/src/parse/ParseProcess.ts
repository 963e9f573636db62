import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { AirflowNote } from '@maestro/plugin-maestro-common';
import { airflowEnvironment } from './airflowEnvironment';
import { NOTHING_READ, type ParsedFile } from './ParsedFile';

/** What reading one file may use, with everything that it starts. @public */
export interface ParseLimits {
  /** Wall time. */
  seconds: number;
  memoryBytes: number;
  /** At the same time. */
  processes: number;
}

export const DEFAULT_PARSE_LIMITS: ParseLimits = {
  seconds: 30,
  memoryBytes: 512 * 1024 * 1024,
  processes: 32,
};

/** A file of a folder as it was seen. */
export interface ScannedFile {
  hash: string;
  /** Whether Airflow would look for DAGs in it. */
  dag: boolean;
}

/** A folder as it was seen. */
export interface ScannedFolder {
  /** All files below it, by path. */
  files: Record<string, ScannedFile>;
  /** What of it is not looked at, and why. */
  problems: { file: string; line?: number | null; message: string }[];
}

/** Options of {@link ParseProcess}. */
export interface ParseProcessOptions {
  /** Interpreter that has Airflow. */
  python: string | undefined;
  /** Name of the environment in the configuration, for messages. */
  environment?: string;
  /** Folder for what Airflow keeps; made when it is missing. */
  home: string;
  limits?: Partial<ParseLimits>;
  /** Set for Airflow besides, such as `AIRFLOW__CORE__PLUGINS_FOLDER`. */
  env?: Record<string, string>;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

interface Waiting {
  resolve(reply: Record<string, unknown>): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

/** Importing Airflow takes 2 s, and minutes where the machine is busy. */
const START_MS = 180_000;
/** What a request may take over its own limit: preloads, a busy machine. */
const SLACK_MS = 120_000;
const SCAN_MS = 120_000;
const KEPT_STDERR = 4_000;
/** Of a line that is no answer, in characters. */
const KEPT_LINE = 200;

/** The interpreter has no Airflow, or the process does not live. */
export class ParseProcessError extends Error {
  readonly name = 'ParseProcessError';
}

/** The last words of a Python without Airflow. */
const NO_AIRFLOW = /ModuleNotFoundError: No module named 'airflow'$/;

/**
 * The process that reads DAG files: started when something is asked, again
 * when it has ended. Requests are answered in their order, whosever they are.
 */
export class ParseProcess {
  readonly limits: ParseLimits;
  private child: Child | undefined;
  private ready: Promise<void> | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  /** Requests one after another, so that each has its own time and its own end. */
  private turn: Promise<unknown> = Promise.resolve();
  private stderr = '';
  private isStopped = false;
  /** What it said of its environment when it was last started. */
  private fingerprint = '';
  /** Version of the Airflow that it imported when it was last started. */
  private airflow: string | undefined;
  /** Times that the environment has changed under it. */
  private changes = 0;
  /** Reads what keeps the others waiting, while there is such a file. */
  private beside: ParseProcess | undefined;
  private besideFiles = 0;

  constructor(private readonly options: ParseProcessOptions) {
    this.limits = { ...DEFAULT_PARSE_LIMITS, ...options.limits };
  }

  /**
   * Another one when packages or settings have changed: what files were read
   * with an earlier one may be other DAGs now. As of the last `scan`.
   */
  get environmentKey(): string {
    return `${this.fingerprint}#${this.changes}`;
  }

  /** Version of the Airflow that reads, once something was asked. */
  get airflowVersion(): string | undefined {
    return this.airflow;
  }

  /**
   * What is in a folder. A process whose environment has changed is replaced by
   * a new one.
   *
   * @throws ParseProcessError
   */
  async scan(folder: string): Promise<ScannedFolder> {
    return this.inTurn(async () => {
      let reply = await this.ask({ op: 'scan', folder }, SCAN_MS);
      if (typeof reply.changed === 'string') {
        this.changes += 1;
        await this.end();
        reply = await this.ask({ op: 'scan', folder }, SCAN_MS);
      }
      const { files = {}, problems = [] } = reply as Partial<ScannedFolder>;
      return { files, problems };
    });
  }

  /**
   * Runs one file and describes the DAGs in it.
   *
   * @param atMostSeconds - ends it earlier than its limit does
   * @throws ParseProcessError when the process cannot be started; what the file
   * does, also to the process, is in the answer
   */
  async parse(
    folder: string,
    file: string,
    atMostSeconds = Infinity,
  ): Promise<ParsedFile> {
    return this.inTurn(() => this.parseNow(folder, file, atMostSeconds));
  }

  /**
   * As `parse`, in a process of its own, which is there as long as something is
   * read in it: others do not wait.
   */
  async parseBeside(folder: string, file: string): Promise<ParsedFile> {
    await this.running();
    this.beside ??= new ParseProcess(this.options);
    const { beside } = this;
    this.besideFiles += 1;
    try {
      const said = await beside.parse(folder, file);
      // A change of it is noticed here.
      const { imported } = said;
      if (Array.isArray(imported) && imported.length > 0) {
        await this.inTurn(() => this.ask({ op: 'follow', imported }, SCAN_MS));
      }
      return said;
    } finally {
      this.besideFiles -= 1;
      if (this.besideFiles === 0) {
        this.beside = undefined;
        await beside.stop();
      }
    }
  }

  private async parseNow(
    folder: string,
    file: string,
    atMostSeconds: number,
  ): Promise<ParsedFile> {
    const limits = {
      ...this.limits,
      seconds: Math.min(this.limits.seconds, atMostSeconds),
    };
    // What fails from here on fails because of the file.
    await this.running();
    let reply: Partial<ParsedFile>;
    try {
      reply = await this.ask(
        { op: 'parse', folder, file, limits },
        limits.seconds * 1000 + SLACK_MS,
      );
    } catch (error) {
      if (this.isStopped) throw error;
      reply = {
        killed: `reading it ended the process that reads all files: ${
          (error as Error).message
        }`,
      };
    }
    return { ...NOTHING_READ, ...reply };
  }

  /** Ends it; what is being asked fails. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all([this.end(), this.beside?.stop()]);
  }

  private async end(): Promise<void> {
    const { child } = this;
    if (!child) return;
    const gone = new Promise<void>(resolve => child.once('close', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return done;
  }

  private async running(): Promise<void> {
    if (this.isStopped) {
      throw new ParseProcessError(
        'The process that reads DAG files is stopped',
      );
    }
    this.ready ??= this.start();
    await this.ready.catch(error => {
      this.ready = undefined;
      throw error;
    });
  }

  private async ask(
    request: Record<string, unknown>,
    timeoutMs: number,
  ): Promise<Record<string, unknown>> {
    await this.running();
    const id = ++this.lastId;
    const reply = await new Promise<Record<string, unknown>>(
      (resolve, reject) => {
        const timer = setTimeout(() => {
          // Not even its own limits end it: another one is started.
          this.child?.kill('SIGKILL');
        }, timeoutMs);
        this.waiting.set(id, { resolve, reject, timer });
        this.child!.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
      },
    );
    if (typeof reply.failure === 'string') {
      throw new ParseProcessError(reply.failure);
    }
    return reply;
  }

  private start(): Promise<void> {
    const { python, home, env, environment } = this.options;
    if (python === undefined) {
      return Promise.reject(
        new ParseProcessError(
          `maestro.airflow.environments.${environment}.python is missing: the path of a Python interpreter that has Airflow 3`,
        ),
      );
    }
    mkdirSync(home, { recursive: true, mode: 0o700 });
    this.stderr = '';
    const child: Child = spawn(python, ['-m', 'maestro_airflow.parse'], {
      cwd: home,
      env: airflowEnvironment({ home, own: process.env, more: env }),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child = child;
    // A broken pipe shows as the end of the process.
    child.stdin.on('error', () => {});
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-KEPT_STDERR);
    });
    return new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), START_MS);
      const ended = (why: string) => {
        clearTimeout(timer);
        if (this.child === child) {
          this.child = undefined;
          this.ready = undefined;
        }
        const said = this.stderr.trim().split('\n').slice(-3).join(' ').trim();
        const error = new ParseProcessError(
          NO_AIRFLOW.test(said)
            ? `${python} has no Airflow (No module named 'airflow'): name an interpreter that has Airflow 3, or install apache-airflow for this one`
            : `The process that reads DAG files (${python}) ${why}${
                said ? `: ${said}` : ''
              }`,
        );
        reject(error);
        for (const one of this.waiting.values()) {
          clearTimeout(one.timer);
          one.reject(error);
        }
        this.waiting.clear();
      };
      child.once('error', error =>
        ended(`cannot be started: ${error.message}`),
      );
      let wrong: string | undefined;
      child.once('close', (code, signal) =>
        ended(
          wrong === undefined
            ? `ended with ${signal ?? `exit code ${code}`}`
            : `was ended because it wrote what is no answer: ${wrong}`,
        ),
      );
      createInterface({ input: child.stdout }).on('line', line => {
        if (wrong !== undefined) return;
        const message = answerOf(line);
        if (!message) {
          // A file can write where it answers: nothing of it counts any more.
          wrong = shown(line);
          child.kill('SIGKILL');
          return;
        }
        if (message.ready) {
          clearTimeout(timer);
          this.fingerprint = String(message.environment);
          this.airflow = String(message.airflow);
          resolve();
          return;
        }
        const one = this.waiting.get(message.id as number);
        if (!one) return;
        this.waiting.delete(message.id as number);
        clearTimeout(one.timer);
        one.resolve(message);
      });
    });
  }
}

function answerOf(line: string): Record<string, unknown> | undefined {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    return undefined;
  }
  const isObject = typeof message === 'object' && message !== null;
  return isObject ? (message as Record<string, unknown>) : undefined;
}

function shown(line: string): string {
  return JSON.stringify(
    line.length > KEPT_LINE ? `${line.slice(0, KEPT_LINE)}…` : line,
  );
}

/** Notes as they stand in a definition: without those of the file's own name. */
export function notesOf(file: string, parsed: ParsedFile): AirflowNote[] {
  return parsed.notes.map(note => ({
    ...(note.file && note.file !== file ? { file: note.file } : {}),
    ...(note.line ? { line: note.line } : {}),
    message: note.message,
  }));
}

/** AIRFLOW_HOME of a process that reads DAG files for an environment. */
export function homeOf(dataDir: string, environment: string): string {
  return join(dataDir, 'airflow', environment);
}
