import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { isRunning } from '../portal/processes.mjs';
import { until } from '../portal/until.mjs';

/*
 * Schedulers as real processes on one database, each on a "host": a folder of
 * its own with its own process launcher. Several may share a host. Everything
 * of a suite lies below one folder, by which what it started is found.
 */

const ANSWER_MS = 60_000;
const STOP_MS = 60_000;

/** One process; it may be killed, stopped and started again. */
export class Scheduler {
  #child;
  #waiting = new Map();
  #lastId = 0;

  /**
   * @param options.id - a letter, for people
   * @param options.program - scheduler.cjs
   * @param options.options - what the program gets
   * @param options.logFile - its stderr, all lives in one file
   * @param options.guard - from startGuard
   * @param options.through - puts what enters a network in front of a command
   */
  constructor({
    id,
    program,
    options,
    logFile,
    guard,
    through = args => args,
  }) {
    Object.assign(this, { id, program, options, logFile, guard, through });
    this.lives = 0;
    /** Ends that nobody asked for, after it had been ready. */
    this.deaths = [];
  }

  get pid() {
    return this.#child?.pid;
  }

  get isAlive() {
    return this.#child !== undefined;
  }

  /** The end of its log, for errors. */
  lastWords() {
    return fs.readFileSync(this.logFile, 'utf8').slice(-1_500);
  }

  /** Its name among the schedulers, once it is ready. */
  name;

  /** Resolves when it schedules. */
  async start() {
    this.lives += 1;
    const log = fs.openSync(this.logFile, 'a');
    const [command, ...args] = this.through([
      process.execPath,
      this.program,
      JSON.stringify(this.options),
    ]);
    const child = spawn(command, args, {
      stdio: ['ignore', log, log, 'ipc'],
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
    });
    fs.closeSync(log);
    this.guard.watch(child.pid);
    this.#child = child;
    const { pid } = child;
    const ready = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        this.guard.forget(pid);
        if (this.#child === child) this.#child = undefined;
        if (child.isReady && !child.isToEnd)
          this.deaths.push(`scheduler ${this.id} ended (${signal ?? code})`);
        const gone = new Error(
          `Scheduler ${this.id} ended (${
            signal ?? code
          }); its last words: ${this.lastWords()}`,
        );
        reject(gone);
        for (const { reject: refuse } of this.#waiting.values()) refuse(gone);
        this.#waiting.clear();
      });
      child.on('message', message => {
        if (message.ready) {
          child.isReady = true;
          this.name = message.ready;
          resolve();
          return;
        }
        const waiting = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        if (message.error !== undefined)
          waiting?.reject(new Error(message.error));
        else waiting?.resolve(message.ok);
      });
    });
    // Who does not wait for it is told by the next thing it asks for.
    ready.catch(() => {});
    await ready;
    return this;
  }

  /** Asks it for something; rejects when it dies before it answers. */
  ask(op, args = {}) {
    const child = this.#child;
    if (!child?.connected)
      return Promise.reject(new Error(`Scheduler ${this.id} is not there`));
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`Scheduler ${this.id} gave no answer to ${op}`)),
        ANSWER_MS,
      );
      const settle = act => value => {
        clearTimeout(timer);
        act(value);
      };
      this.#waiting.set(id, {
        resolve: settle(resolve),
        reject: settle(reject),
      });
      child.send({ id, op, args }, error => {
        if (error) settle(reject)(error);
      });
    });
  }

  signal(name) {
    if (this.#child) process.kill(this.#child.pid, name);
  }

  /** kill -9; resolves when it is dead. */
  async kill() {
    const child = this.#child;
    if (!child) return;
    const gone = new Promise(resolve => child.once('exit', resolve));
    child.isToEnd = true;
    child.kill('SIGKILL');
    await gone;
  }

  /** In order: TERM. Throws when it does not end with code 0. */
  async stop() {
    const child = this.#child;
    if (!child) return;
    const gone = new Promise(resolve =>
      child.once('exit', (code, signal) => resolve(signal ?? code)),
    );
    child.isToEnd = true;
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    const how = await gone;
    clearTimeout(timer);
    if (how !== 0)
      throw new Error(
        `Scheduler ${
          this.id
        } did not stop in order (${how}); its last words: ${this.lastWords()}`,
      );
  }
}

/** The launcher of a host; undefined when none runs. */
export function launcherPid(hostDir) {
  try {
    const { pid } = JSON.parse(
      fs.readFileSync(path.join(hostDir, 'runner/runner.json'), 'utf8'),
    );
    const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1');
    return command.includes(hostDir) && isRunning(pid) ? pid : undefined;
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}

/** Ends a host's launcher, with what it still runs. */
export async function stopLauncher(hostDir) {
  const pid = launcherPid(hostDir);
  if (pid === undefined) return;
  process.kill(pid, 'SIGCONT');
  process.kill(pid, 'SIGTERM');
  await until(`the launcher of ${hostDir} ended`, () => !isRunning(pid), {
    everyMs: 50,
    timeoutMs: 180_000,
  });
}
