import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Endings, endOfShell } from './ending.mjs';
import { LaunchError, describeSystemError } from './errors.mjs';
import {
  attemptPaths,
  isAttemptId,
  namesIn,
  readJson,
  writeJson,
  writeNewJson,
} from './files.mjs';
import { OomWatch } from './oom.mjs';
import {
  ATTEMPT_MARK,
  RUNNER_MARK,
  isAlive,
  monotonicMs,
} from './processes.mjs';
import { LAYOUT } from './protocol.mjs';
import { checkArguments, checkProgram } from './arguments.mjs';
import { Shells, makeShellFiles, runInShell } from './shells.mjs';

/** An adopted process is nobody's child here: its end is seen by looking. */
const ADOPTED_LOOK_MS = 50;

/**
 * Files are removed when nothing was launched for this time: each removal
 * makes the next new files dearer (on ext4 without journal from 0.03 to 1 ms,
 * for minutes; half the time of a chain of short tasks).
 */
const TRASH_MS = 10_000;

/** Attempts that never wait for such a pause to be removed. */
const TRASH_LIMIT = 2_000;

const cancelReason = {
  failure: 'cancelled',
  message: 'The attempt was cancelled',
};

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
  #trashTimer;
  #buried = 0;
  #launchedAt = 0;
  #closed;
  #shells = new Shells();
  #oom = new OomWatch();
  #fence;

  constructor({ paths, runnerId, boot, notify, log, fence }) {
    this.#fence = fence;
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
    this.#emptyTrash();
    for (const id of namesIn(this.#paths.attempts)) {
      if (isAttemptId(id)) {
        this.#adopt(id);
      }
    }
    this.#endings.sweepLeftovers(id => this.#live.has(id));
    this.#shells.refill();
  }

  #adopt(id) {
    const paths = attemptPaths(this.#paths.attempts, id);
    const started = readJson(paths.started);
    const exit = readJson(paths.exit);
    if (!started && !exit) {
      // A launch that died before its first act: nothing of it ever ran.
      this.#bury(id, paths.dir);
      return;
    }
    const attempt = {
      id,
      paths,
      phase: 'running',
      pid: started?.pid,
      startTime: started?.startTime,
      startedAt: started?.startedAt,
      logLimitBytes: started?.logLimitBytes ?? DEFAULT_LOG_LIMIT,
      minFreeBytes: started?.minFreeBytes ?? 0,
      oomBefore: started?.oomBefore,
      handsOn: started?.handsOn,
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
    this.#live.set(id, attempt);
    const cancel = readJson(paths.cancel);
    if (started.bootId !== this.#boot) {
      attempt.reason = cancel?.reason;
      this.#endings.otherBoot(attempt);
    } else if (isAlive(attempt.pid, attempt.startTime)) {
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
    } else {
      attempt.reason = cancel?.reason;
      // Killed by the guard while no launcher was there, as far as is known.
      attempt.isUnrenewed = this.#fence.isOver;
      this.#endings.leaderGone(attempt, undefined);
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
    this.#refuseLate(request);
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
      oomBefore: this.#oom.before(),
      handsOn: request.handsOn,
      logBytes: 0,
    };
    this.#launchedAt = Date.now();
    this.#prepare(request, paths);
    const shell = this.#shells.take();
    this.#all.set(attemptId, attempt);
    if (shell.pid === undefined) {
      attempt.launching = new Promise((_, reject) => {
        shell.once('error', error => {
          this.#undo(attempt);
          reject(this.#refusal(error));
        });
      });
      return attempt.launching;
    }
    attempt.ownsGroup = true;
    attempt.pid = shell.pid;
    attempt.startTime = shell.startTime;
    attempt.startedAt = Date.now();
    try {
      this.#saveStarted(attempt);
    } catch (error) {
      shell.stdin.end();
      this.#undo(attempt);
      throw this.#refusal(error);
    }
    this.#live.set(attemptId, attempt);
    // Later errors are only about signals that could not be sent.
    shell.on('error', error =>
      this.#log(`Attempt ${attemptId}: ${error.message}`),
    );
    shell.once('exit', (code, signal) =>
      this.#endings.leaderGone(attempt, endOfShell(code, signal, paths.status)),
    );
    runInShell(shell, { command: request.command, env, paths });
    this.#notify({ event: 'observation', attempt: view(attempt) });
    return view(attempt);
  }

  /**
   * A request may have waited for us in the socket (we were stopped, or busy):
   * by now somebody else may have started the task anew. That it did not begin
   * is no failure of the task, so it is no LaunchError.
   */
  #refuseLate({ attemptId, beginBefore }) {
    if (beginBefore !== undefined && monotonicMs() > beginBefore) {
      throw new Error(
        `Attempt ${attemptId} was not begun: its request came ${Math.round(
          monotonicMs() - beginBefore,
        )} ms too late`,
      );
    }
    if (this.#fence.isOver) {
      throw new Error(
        `Attempt ${attemptId} was not begun: no scheduler of this host has renewed what runs here`,
      );
    }
  }

  /** Makes everything the task needs but its process. */
  #prepare(request, paths) {
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
      makeShellFiles(paths);
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

  /** Written before the task runs: it can always be found again. */
  #saveStarted(attempt) {
    writeNewJson(attempt.paths.started, {
      layout: LAYOUT,
      attemptId: attempt.id,
      pid: attempt.pid,
      startTime: attempt.startTime,
      bootId: this.#boot,
      startedAt: attempt.startedAt,
      logLimitBytes: attempt.logLimitBytes,
      minFreeBytes: attempt.minFreeBytes,
      oomBefore: attempt.oomBefore,
      handsOn: attempt.handsOn,
    });
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
    this.#bury(attemptId, attempt.paths.dir);
    this.#all.delete(attemptId);
  }

  /** Out of the listing at once, off the disk in a while. */
  #bury(attemptId, dir) {
    try {
      renameSync(dir, join(this.#paths.trash, `${attemptId}.${process.pid}`));
    } catch (error) {
      if (error.code !== 'ENOENT') {
        throw error;
      }
    }
    this.#buried += 1;
    this.#armTrash();
  }

  #armTrash() {
    this.#trashTimer ??= setTimeout(() => {
      this.#trashTimer = undefined;
      const isBusy = Date.now() - this.#launchedAt < TRASH_MS;
      if (isBusy && this.#buried < TRASH_LIMIT) {
        this.#armTrash();
      } else {
        this.#emptyTrash();
      }
    }, TRASH_MS);
  }

  async #emptyTrash() {
    this.#buried = 0;
    for (const name of namesIn(this.#paths.trash)) {
      const path = join(this.#paths.trash, name);
      try {
        await removeAll(path);
      } catch (error) {
        this.#log(`${path} could not be removed: ${error.message}`);
      }
    }
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
    this.#shells.close();
  }
}

/** A task may have taken its own write permission from folders it made. */
async function removeAll(path) {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (error.code !== 'EACCES') {
      throw error;
    }
    await makeRemovable(path);
    await rm(path, { recursive: true, force: true });
  }
}

async function makeRemovable(dir) {
  await chmod(dir, 0o700);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      await makeRemovable(join(dir, entry.name));
    }
  }
}

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
