import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Endings, endOfWrapper } from './ending.mjs';
import { LaunchError, describeSystemError } from './errors.mjs';
import {
  attemptPaths,
  isAttemptId,
  namesIn,
  readJson,
  writeJson,
} from './files.mjs';
import {
  ATTEMPT_MARK,
  RUNNER_MARK,
  isAlive,
  markedProcesses,
  startTimeOf,
} from './processes.mjs';
import { LAYOUT } from './protocol.mjs';
import { checkArguments, checkProgram, spawnWrapped } from './wrapper.mjs';

/** An adopted process is nobody's child here: its end is seen by looking. */
const ADOPTED_LOOK_MS = 50;

const DEFAULT_LOG_LIMIT = 1024 ** 3;

/**
 * The attempts of one data directory. What is in memory is also in the
 * attempt's directory: made first (so that a second launch finds it),
 * `started.json` when its process runs, `exit.json` when it ended.
 */
export class Attempts {
  #paths;
  #runnerId;
  #boot;
  #notify;
  #log;
  #all = new Map();
  #live = new Map();
  #endings;
  #adopted = new Set();
  #adoptedTimer;
  #closed;

  constructor({ paths, runnerId, boot, notify, log }) {
    this.#paths = paths;
    this.#runnerId = runnerId;
    this.#boot = boot;
    this.#notify = notify;
    this.#log = log;
    this.#endings = new Endings({
      runnerId,
      log,
      ended: attempt => {
        this.#live.delete(attempt.id);
        this.#notify({ event: 'observation', attempt: view(attempt) });
      },
    });
  }

  get live() {
    return this.#live;
  }

  get endings() {
    return this.#endings;
  }

  /** Reads the directory: what ended, what runs, what nobody knows of. */
  adoptAll() {
    for (const name of namesIn(this.#paths.trash)) {
      this.#empty(join(this.#paths.trash, name));
    }
    const processes = markedProcesses(this.#runnerId);
    for (const id of namesIn(this.#paths.attempts)) {
      if (isAttemptId(id)) {
        this.#adopt(
          id,
          processes.filter(entry => entry.attemptId === id),
        );
      }
    }
    this.#endings.sweepLeftovers(id => this.#live.has(id));
  }

  #adopt(id, processes) {
    const paths = attemptPaths(this.#paths.attempts, id);
    const started = readJson(paths.started);
    const exit = readJson(paths.exit);
    const attempt = {
      id,
      paths,
      phase: 'running',
      pid: started?.pid,
      startTime: started?.startTime,
      startedAt: started?.startedAt,
      logLimitBytes: started?.logLimitBytes ?? DEFAULT_LOG_LIMIT,
      minFreeBytes: started?.minFreeBytes ?? 0,
      logBytes: 0,
    };
    this.#all.set(id, attempt);
    if (exit) {
      const { outputs, ...outcome } = exit.outcome;
      attempt.phase = 'ended';
      attempt.endedAt = exit.endedAt;
      attempt.logBytes = exit.logBytes;
      attempt.outcome = outcome;
      attempt.outputsOnDisk = outputs !== undefined;
      attempt.saved = true;
      return;
    }
    if (!started) {
      // Killed between fork and file: the wrapper is the leader of its group.
      const leader = processes.find(entry => entry.pid === entry.group);
      attempt.pid = leader?.pid;
      attempt.startTime = leader?.startTime;
      attempt.startedAt = leader && Date.now();
    }
    const sameBoot = !started || started.bootId === this.#boot;
    this.#live.set(id, attempt);
    const cancel = readJson(paths.cancel);
    if (
      sameBoot &&
      attempt.pid !== undefined &&
      isAlive(attempt.pid, attempt.startTime)
    ) {
      if (!started) {
        this.#saveStarted(attempt);
      }
      attempt.ownsGroup = true;
      this.#adopted.add(attempt);
      this.#lookAfterAdopted();
      if (cancel) {
        this.#endings.terminate(
          attempt,
          cancel.reason,
          Math.max(0, cancel.killAt - Date.now()),
        );
      }
      return;
    }
    attempt.reason = cancel?.reason;
    if (sameBoot && attempt.pid !== undefined) {
      this.#endings.leaderGone(attempt, undefined);
    } else {
      this.#endings.withoutProcess(attempt, sameBoot);
    }
  }

  #lookAfterAdopted() {
    this.#adoptedTimer ??= setInterval(() => {
      for (const attempt of this.#adopted) {
        if (!isAlive(attempt.pid, attempt.startTime)) {
          this.#adopted.delete(attempt);
          this.#endings.leaderGone(attempt, undefined);
        }
      }
      if (this.#adopted.size === 0) {
        clearInterval(this.#adoptedTimer);
        this.#adoptedTimer = undefined;
      }
    }, ADOPTED_LOOK_MS);
  }

  /**
   * Starts an attempt, or answers with what is known of it. Synchronous but
   * for refusals: the directory and the process are made in one tick, so two
   * requests cannot meet in between.
   */
  async launch(request) {
    const { attemptId } = request;
    if (!isAttemptId(attemptId)) {
      throw new LaunchError(
        'config',
        `Attempt id ${JSON.stringify(attemptId)} is not usable as a file name`,
      );
    }
    const known = this.#all.get(attemptId);
    if (known) {
      return view(await (known.launching ?? known));
    }
    if (this.#closed) {
      throw new Error(this.#closed);
    }
    const env = {
      [ATTEMPT_MARK]: attemptId,
      ...request.env,
      [RUNNER_MARK]: this.#runnerId,
    };
    env[ATTEMPT_MARK] = attemptId;
    checkArguments(request.command, env);
    checkProgram(request.command[0], env.PATH, request.sourceDir);
    const paths = attemptPaths(this.#paths.attempts, attemptId);
    const attempt = {
      id: attemptId,
      paths,
      phase: 'running',
      logLimitBytes: request.logLimitBytes,
      minFreeBytes: request.minFreeBytes ?? 0,
      logBytes: 0,
    };
    const child = this.#spawn(request, env, paths);
    this.#all.set(attemptId, attempt);
    if (child.pid === undefined) {
      attempt.launching = new Promise((_, reject) => {
        child.once('error', error => {
          this.#undo(attempt);
          reject(this.#refusal(error));
        });
      });
      return attempt.launching;
    }
    // Later errors are only about signals that could not be sent.
    child.on('error', error =>
      this.#log(`Attempt ${attemptId}: ${error.message}`),
    );
    attempt.pid = child.pid;
    attempt.ownsGroup = true;
    attempt.startTime = startTimeOf(child.pid);
    attempt.startedAt = Date.now();
    this.#live.set(attemptId, attempt);
    child.once('exit', (code, signal) =>
      this.#endings.leaderGone(
        attempt,
        endOfWrapper(code, signal, paths.status),
      ),
    );
    this.#saveStarted(attempt);
    this.#notify({ event: 'observation', attempt: view(attempt) });
    return view(attempt);
  }

  #spawn(request, env, paths) {
    try {
      mkdirSync(paths.dir, { mode: 0o700 });
    } catch (error) {
      throw this.#refusal(error);
    }
    try {
      mkdirSync(paths.work, { mode: 0o700 });
      mkdirSync(paths.tmp, { mode: 0o700 });
      for (const name of request.links ?? []) {
        symlinkSync(join(request.sourceDir, name), join(paths.work, name));
      }
      return spawnWrapped({
        command: request.command,
        env,
        paths,
        title: request.title ?? 'maestro',
      });
    } catch (error) {
      rmSync(paths.dir, { recursive: true, force: true });
      throw this.#refusal(error);
    }
  }

  #undo(attempt) {
    this.#all.delete(attempt.id);
    rmSync(attempt.paths.dir, { recursive: true, force: true });
  }

  #refusal(error) {
    return new LaunchError(
      // What no retry mends is said so; the rest may be better in a moment.
      error.code === 'E2BIG' ? 'config' : 'launch',
      `The process could not be started: ${describeSystemError(error)}`,
      { cause: error },
    );
  }

  #saveStarted(attempt) {
    try {
      writeJson(attempt.paths.started, {
        layout: LAYOUT,
        attemptId: attempt.id,
        pid: attempt.pid,
        startTime: attempt.startTime,
        bootId: this.#boot,
        startedAt: attempt.startedAt,
        logLimitBytes: attempt.logLimitBytes,
        minFreeBytes: attempt.minFreeBytes,
      });
    } catch (error) {
      // Without the file the next launcher finds the process by its mark.
      this.#log(`Start of attempt ${attempt.id}: ${error.message}`);
      if (error.code !== 'ENOENT') {
        setTimeout(() => {
          if (attempt.phase !== 'ended') {
            this.#saveStarted(attempt);
          }
        }, 500);
      }
    }
  }

  cancel(attemptId, graceMs) {
    const attempt = this.#live.get(attemptId);
    if (attempt) {
      this.end(attempt, cancelReason, graceMs);
    }
  }

  /** Ends an attempt by force; written down, so that a crash forgets nothing. */
  end(attempt, reason, graceMs) {
    this.#endings.terminate(attempt, reason, graceMs);
    try {
      writeJson(attempt.paths.cancel, {
        reason: attempt.reason,
        killAt: attempt.killAt,
      });
    } catch (error) {
      this.#log(`Cancel of attempt ${attempt.id}: ${error.message}`);
    }
  }

  /** Frees an ended attempt. A living one is refused. */
  forget(attemptId) {
    const attempt = this.#all.get(attemptId);
    if (!attempt) {
      return;
    }
    if (attempt.phase !== 'ended') {
      throw new Error(
        `Attempt ${attemptId} still runs: cancel it, and forget it when it is listed as ended`,
      );
    }
    this.#endings.abandon(attempt);
    const grave = join(this.#paths.trash, `${attemptId}.${process.pid}`);
    try {
      renameSync(attempt.paths.dir, grave);
    } catch (error) {
      if (error.code !== 'ENOENT') {
        throw error;
      }
    }
    this.#all.delete(attemptId);
    this.#empty(grave);
  }

  #empty(path) {
    rm(path, { recursive: true, force: true, maxRetries: 2 }).catch(error =>
      this.#log(`${path} could not be removed: ${error.message}`),
    );
  }

  /** Everything there is, outputs included, one after the other. */
  *list() {
    for (const attempt of [...this.#all.values()]) {
      if (!attempt.launching) {
        yield withOutputs(attempt);
      }
    }
  }

  /** No new attempts any more; `why` is told to who asks. */
  close(why) {
    this.#closed = why;
  }
}

const cancelReason = {
  failure: 'cancelled',
  message: 'The attempt was cancelled',
};

function view(attempt) {
  return {
    attemptId: attempt.id,
    phase: attempt.phase,
    startedAt: attempt.startedAt,
    endedAt: attempt.phase === 'ended' ? attempt.endedAt : undefined,
    object: attempt.pid === undefined ? undefined : `pid ${attempt.pid}`,
    logBytes: attempt.logBytes,
    outcome: attempt.outcome,
  };
}

function withOutputs(attempt) {
  if (!attempt.outputsOnDisk) {
    return view(attempt);
  }
  const exit = JSON.parse(readFileSync(attempt.paths.exit, 'utf8'));
  return { ...view(attempt), outcome: exit.outcome };
}
