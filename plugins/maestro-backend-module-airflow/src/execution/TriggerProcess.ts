import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync, openSync, closeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type {
  TriggerListener,
  TriggerOutcome,
  TriggerToRun,
} from '@maestro/plugin-maestro-node';
import { pythonPath } from '../parse/airflowEnvironment';

/** Bounds of the process that runs triggers. */
export interface TriggerLimits {
  /** Resident; a process that is larger ends and another one is started. */
  memoryBytes: number;
  /** A trigger that blocks the others for longer has failed. */
  blockedSeconds: number;
}

export const DEFAULT_TRIGGER_LIMITS: TriggerLimits = {
  memoryBytes: 1024 * 1024 * 1024,
  blockedSeconds: 60,
};

/** Without a trigger it ends after so long: it holds some 200 MB. */
const IDLE_MS = 10 * 60_000;
const LEAST_PAUSE_MS = 500;
const MOST_PAUSE_MS = 60_000;
/** One that lived for so long starts again at once. */
const STEADY_MS = 60_000;

type Child = ChildProcessByStdio<Writable, Readable, null>;

/** What the process says. */
interface Said {
  ready?: boolean;
  id?: string;
  log?: string;
  event?: unknown;
  ended?: { state: string; xcoms: Record<string, unknown> };
  failed?: string[];
  end?: string;
  blocked?: { id: string | null; seconds: number; where: string; end: boolean };
}

/**
 * The process that runs the triggers of one Python environment: started with
 * the first of them, again when it dies, with all that ran in it. It ends with
 * this process, since it reads what to do from it.
 */
export class TriggerProcess {
  private readonly triggers = new Map<string, TriggerToRun>();
  private child: Child | undefined;
  private startAgain: NodeJS.Timeout | undefined;
  private idle: NodeJS.Timeout | undefined;
  private pauseMs = LEAST_PAUSE_MS;
  private startedAt = 0;
  private lastWords: string | undefined;
  private isInTrouble = false;

  constructor(
    private readonly options: {
      environment: string;
      python: string;
      /** AIRFLOW_HOME; its log is there too. */
      home: string;
      env: Record<string, string>;
      limits: TriggerLimits;
      listener: TriggerListener;
    },
  ) {}

  /** Id of the process, for tests. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  start(trigger: TriggerToRun): void {
    if (this.triggers.has(trigger.id)) return;
    this.triggers.set(trigger.id, trigger);
    clearTimeout(this.idle);
    if (this.child) this.send({ start: trigger });
    else if (!this.startAgain) this.spawn();
  }

  stop(id: string, killed: boolean): void {
    if (!this.triggers.delete(id)) return;
    this.send({ stop: id, killed });
    this.restWhenIdle();
  }

  /** Ends it with all that runs in it. */
  end(): void {
    this.triggers.clear();
    clearTimeout(this.startAgain);
    clearTimeout(this.idle);
    this.startAgain = undefined;
    this.child?.stdin.end();
  }

  private send(message: object): void {
    this.child?.stdin.write(`${JSON.stringify(message)}\n`);
  }

  /** Does not throw: where there is no room for a process it comes later. */
  private spawn(): void {
    this.startedAt = Date.now();
    this.lastWords = undefined;
    try {
      this.begin();
    } catch (error) {
      this.child = undefined;
      this.ended(
        undefined,
        `it cannot be started: ${(error as Error).message}`,
      );
    }
  }

  private begin(): void {
    const { python, home, env, limits } = this.options;
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const log = openSync(join(home, 'triggers.log'), 'a', 0o600);
    let child: Child;
    try {
      child = spawn(
        python,
        [
          '-m',
          'maestro_airflow.triggers',
          String(limits.memoryBytes),
          String(limits.blockedSeconds),
        ],
        {
          cwd: home,
          env: {
            ...env,
            PYTHONPATH: pythonPath(env),
            PATH: `${dirname(python)}:${
              env.PATH ?? '/usr/local/bin:/usr/bin:/bin'
            }`,
          },
          stdio: ['pipe', 'pipe', log],
        },
      ) as Child;
    } finally {
      closeSync(log);
    }
    // First: without descriptors left it has no pipes, and says so here.
    child.once('error', error => this.ended(child, error.message));
    if (!child.stdin) throw new Error('no descriptors are left for its pipes');
    this.child = child;
    // A broken pipe shows as the end of the process.
    child.stdin.on('error', () => {});
    child.once('close', (code, signal) =>
      this.ended(child, `it ended with ${signal ?? `exit code ${code}`}`),
    );
    createInterface({ input: child.stdout }).on('line', line =>
      this.said(child, line),
    );
    // What it cannot read yet waits in the pipe.
    for (const trigger of this.triggers.values()) this.send({ start: trigger });
  }

  private said(child: Child, line: string): void {
    let said: Said;
    try {
      said = JSON.parse(line);
    } catch {
      // It may have been an outcome: what runs in it is run again.
      this.lastWords = 'it wrote a line that is no JSON';
      child.kill('SIGKILL');
      return;
    }
    if (said.ready) {
      if (this.isInTrouble) {
        this.isInTrouble = false;
        this.options.listener.onTrouble(this.options.environment, undefined);
      }
    } else if (said.end !== undefined) {
      this.lastWords = said.end;
    } else if (said.blocked) {
      this.blocked(said.blocked);
    } else if (said.id !== undefined && this.triggers.has(said.id)) {
      const { id } = said;
      if (said.log !== undefined) {
        this.options.listener.onLog(id, said.log);
        return;
      }
      const outcome = outcomeOf(said);
      if (outcome) this.settle(id, outcome);
    }
  }

  private blocked({
    id,
    seconds,
    where,
    end,
  }: NonNullable<Said['blocked']>): void {
    const { listener } = this.options;
    const message = `A trigger keeps all others of its Python environment waiting for ${seconds} s, because it does not give way to them (await)`;
    if (id !== null && this.triggers.has(id)) {
      listener.onLog(
        id,
        JSON.stringify({
          timestamp: new Date().toISOString(),
          level: 'warning',
          logger: 'triggers',
          event: message,
          where,
        }),
      );
      if (end) {
        this.settle(id, {
          is: 'failed',
          traceback: [message, ...where.split('\n')],
        });
      }
    }
    if (end) this.lastWords = `a trigger blocked it for ${seconds} s`;
  }

  private settle(id: string, outcome: TriggerOutcome): void {
    this.triggers.delete(id);
    this.options.listener.onOutcome(id, outcome);
    this.restWhenIdle();
  }

  private restWhenIdle(): void {
    clearTimeout(this.idle);
    if (this.triggers.size > 0) return;
    this.idle = setTimeout(() => this.end(), IDLE_MS);
    this.idle.unref();
  }

  private ended(child: Child | undefined, how: string): void {
    if (this.child !== child) return;
    this.child = undefined;
    if (this.triggers.size === 0) return;
    this.pauseMs =
      Date.now() - this.startedAt > STEADY_MS
        ? LEAST_PAUSE_MS
        : Math.min(this.pauseMs * 2, MOST_PAUSE_MS);
    const { environment, home, listener } = this.options;
    this.isInTrouble = true;
    listener.onTrouble(
      environment,
      `the process that runs triggers of the Python environment "${environment}" is away: ${
        this.lastWords ?? how
      }; it is started again within ${Math.ceil(
        this.pauseMs / 1000,
      )} s, its log is ${join(home, 'triggers.log')}`,
    );
    this.startAgain = setTimeout(() => {
      this.startAgain = undefined;
      if (this.triggers.size > 0) this.spawn();
    }, this.pauseMs);
  }
}

function outcomeOf(said: Said): TriggerOutcome | undefined {
  if (said.failed) return { is: 'failed', traceback: said.failed };
  if (said.ended) {
    const { state, xcoms } = said.ended;
    return state === 'success' || state === 'failed' || state === 'skipped'
      ? { is: 'ended', state, xcoms }
      : undefined;
  }
  return 'event' in said ? { is: 'event', payload: said.event } : undefined;
}
