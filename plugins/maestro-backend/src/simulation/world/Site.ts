import {
  type AttemptOutcome,
  ExecutorError,
  LaunchLater,
  type LaunchRequest,
  type ObservedAttempt,
} from '@maestro/plugin-maestro-node';
import type { DeclaredOutcome } from '../../engine/declaredOutcome';
import type { TaskAct } from '../history/History';
import type { VirtualTime } from './VirtualTime';

/** From TERM to the end of a task that listens to it. */
const TERM_MS = 200;
/** Longer than any timeout, and not for ever: a run must be able to end. */
const HANGS_MS = 3 * 60_000;

/** How long a task waits for an answer before it says again how it goes. */
const SAID_AGAIN_MS = 7_000;

/** What is said of a launch that there is no room for. */
const FULL = 'exceeded quota: everything is used';

/** A launch without what only matters on its way. */
export type Launch = Omit<LaunchRequest, 'sources' | 'beginWithinMs'>;

interface Running {
  request: Launch;
  observed: ObservedAttempt;
  act: TaskAct;
  cancelEnd?: () => void;
}

/** Who watches what really happens. */
export interface SiteWatcher {
  begins(site: Site, request: Launch): void;
  ends(site: Site, attemptId: string): void;
}

/**
 * The place where tasks really run: a cluster, or the processes of a host. It
 * outlives every scheduler and knows nothing of databases.
 */
export class Site {
  private readonly objects = new Map<string, Running>();
  private readonly listeners = new Set<(seen: ObservedAttempt) => void>();
  private lastContact: number;
  private fullUntil = -Infinity;
  isLost = false;

  constructor(
    readonly name: string,
    readonly instance: string,
    readonly maxParallel: number,
    private readonly options: {
      time: VirtualTime;
      watcher: SiteWatcher;
      actOf(request: Launch): TaskAct;
      /** How it says itself that it goes; undefined where its exit code counts. */
      wordOf(request: Launch): DeclaredOutcome | undefined;
      /** Has the word heard by a scheduler; false when it must end instead. */
      hear(attemptId: string, word: DeclaredOutcome): Promise<boolean>;
      /** What runs is ended when no scheduler was heard of for so long. */
      fenceMs?: number;
      /** How long a task may wait to run; without it each runs at once. */
      startTimeoutMs?: number;
    },
  ) {
    this.lastContact = options.time.now;
    if (options.fenceMs !== undefined) this.watchContact(options.fenceMs);
  }

  listen(listener: (seen: ObservedAttempt) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Whether tasks may have to wait before they run. */
  get canWait(): boolean {
    return this.options.startTimeoutMs !== undefined;
  }

  /** There is no room for anything new for `ms`. */
  fill(ms: number): void {
    this.fullUntil = this.options.time.now + ms;
  }

  /**
   * Takes an attempt, which runs when there is a node; a second time has no
   * effect.
   *
   * @throws LaunchLater, or in the end ExecutorError, while there is no room
   */
  begin(request: Launch): void {
    const { attemptId, waitedMs = 0 } = request;
    if (this.objects.has(attemptId)) return;
    const { time, watcher, actOf, startTimeoutMs } = this.options;
    const leftMs = (startTimeoutMs ?? Infinity) - waitedMs;
    if (time.now < this.fullUntil) {
      if (leftMs > 0) throw new LaunchLater(FULL, { giveUpInMs: leftMs });
      throw new ExecutorError('queued_timeout', `it was not taken: ${FULL}`);
    }
    const act = actOf(request);
    const running: Running = {
      request,
      act,
      observed: { attemptId, phase: 'starting', waitsFor: 'no node is free' },
    };
    this.objects.set(attemptId, running);
    watcher.begins(this, request);
    const { startsAfterMs } = act;
    if (startTimeoutMs === undefined || startsAfterMs === undefined) {
      this.run(running);
      return;
    }
    this.tell(running.observed);
    running.cancelEnd =
      startsAfterMs < leftMs
        ? time.after(startsAfterMs, () => this.run(running))
        : time.after(Math.max(0, leftMs), () =>
            this.end(attemptId, {
              result: 'failed',
              failure: 'queued_timeout',
              message: 'it did not run in time: no node is free',
            }),
          );
  }

  private run(running: Running): void {
    const { time } = this.options;
    const { act, request } = running;
    const { attemptId } = request;
    running.observed = { attemptId, phase: 'running', startedAt: time.now };
    this.tell(running.observed);
    running.cancelEnd = time.after(
      act.ends === 'hangs' ? HANGS_MS : act.ms,
      () => {
        const word = this.options.wordOf(request);
        if (word) this.speak(running, word);
        else this.end(attemptId, outcomeOf(act));
      },
    );
  }

  /** It ends when it was heard; who hears it may die of it. */
  private speak(running: Running, word: DeclaredOutcome): void {
    const { attemptId } = running.request;
    running.cancelEnd = this.options.time.after(SAID_AGAIN_MS, () =>
      this.speak(running, word),
    );
    this.options.hear(attemptId, word).then(
      isHeard => {
        if (this.objects.get(attemptId) !== running) return;
        this.end(
          attemptId,
          isHeard
            ? { result: 'success', exitCode: 0 }
            : outcomeOf({ ms: 0, ends: 'failed' }),
        );
      },
      () => {
        // It says so again.
      },
    );
  }

  cancel(attemptId: string, graceMs: number): void {
    const running = this.objects.get(attemptId);
    if (!running || running.observed.phase === 'ended') return;
    // What does not run yet listens to nothing, and ends at once.
    const ignoresTerm =
      running.act.ignoresTerm && running.observed.phase === 'running';
    this.options.time.after(ignoresTerm ? graceMs : TERM_MS, () =>
      this.end(attemptId, {
        result: 'failed',
        failure: 'cancelled',
        signal: ignoresTerm ? 'SIGKILL' : 'SIGTERM',
        message: 'ended by a signal',
      }),
    );
  }

  list(): ObservedAttempt[] {
    return [...this.objects.values()].map(({ observed }) => observed);
  }

  /** @throws when it still runs */
  forget(attemptId: string): void {
    const running = this.objects.get(attemptId);
    if (!running) return;
    if (running.observed.phase !== 'ended') {
      throw new Error(`Attempt ${attemptId} still runs`);
    }
    this.objects.delete(attemptId);
  }

  /** A scheduler of this site was heard of. */
  contact(): void {
    this.lastContact = this.options.time.now;
  }

  /** Something that runs is gone, and nothing is left of it. */
  vanish(choose: (ids: string[]) => string): boolean {
    const ids = this.live();
    if (ids.length === 0) return false;
    this.remove(choose(ids));
    return true;
  }

  /** Everything is gone. */
  loseAll(): void {
    this.isLost = true;
    for (const id of [...this.objects.keys()]) this.remove(id);
  }

  live(): string[] {
    return [...this.objects.values()]
      .filter(({ observed }) => observed.phase !== 'ended')
      .map(({ observed }) => observed.attemptId);
  }

  /** What runs, for those who count. */
  running(): Array<Launch> {
    return [...this.objects.values()]
      .filter(({ observed }) => observed.phase !== 'ended')
      .map(({ request }) => request);
  }

  private end(attemptId: string, outcome: AttemptOutcome): void {
    const running = this.objects.get(attemptId);
    if (!running || running.observed.phase === 'ended') return;
    running.cancelEnd?.();
    running.observed = {
      ...running.observed,
      phase: 'ended',
      endedAt: this.options.time.now,
      outcome,
    };
    this.options.watcher.ends(this, attemptId);
    this.tell(running.observed);
  }

  private remove(attemptId: string): void {
    const running = this.objects.get(attemptId);
    running?.cancelEnd?.();
    this.objects.delete(attemptId);
    if (running?.observed.phase !== 'ended') {
      this.options.watcher.ends(this, attemptId);
    }
  }

  private watchContact(fenceMs: number): void {
    const { time } = this.options;
    time.after(fenceMs / 4, () => {
      if (this.isLost) return;
      if (time.now - this.lastContact > fenceMs) {
        this.live().forEach(id => this.remove(id));
      }
      this.watchContact(fenceMs);
    });
  }

  private tell(seen: ObservedAttempt): void {
    for (const listener of this.listeners) listener(seen);
  }
}

function outcomeOf(act: TaskAct): AttemptOutcome {
  switch (act.ends) {
    case 'success':
    case 'hangs':
      return {
        result: 'success',
        exitCode: 0,
        outputs: act.outputs && JSON.stringify(act.outputs),
      };
    case 'bad_outputs':
      return { result: 'success', exitCode: 0, outputs: 'no JSON' };
    case 'skipped':
      return { result: 'skipped', exitCode: 99 };
    case 'oom':
      return {
        result: 'failed',
        failure: 'oom',
        signal: 'SIGKILL',
        message: 'it used more memory than it may',
      };
    case 'evicted':
      return {
        result: 'failed',
        failure: 'evicted',
        message: 'its node was drained',
      };
    default:
      return {
        result: 'failed',
        failure: 'exit_code',
        exitCode: 1,
        message: 'it ended with exit code 1',
      };
  }
}
