import type { LoggerService } from '@backstage/backend-plugin-api';
import type { TaskExecutor } from '@maestro/plugin-maestro-node';
import type { ArtifactStore } from '../artifacts/ArtifactStore';
import { num } from '../database/conversion';
import { sealedWithChunks } from '../database/operations/logs/deleteChunks';
import { markCopied } from '../database/operations/logs/markCopied';
import { openAmong } from '../database/operations/logs/openAmong';
import {
  attemptLog,
  type AttemptLogRow,
  openLogs,
} from '../database/operations/logs/openLogs';
import {
  AttemptLog,
  type AttemptLogContext,
  LogSourceError,
  removeChunks,
} from './AttemptLog';
import { BoundedWrites } from './BoundedWrites';
import { instanceIsSilent } from '../database/operations/logs/instanceIsSilent';

/** Times in milliseconds. */
export interface LogCollectorSettings {
  /** Least time between two looks at a growing log. */
  flushMs: number;
  /** How often a log is looked at without any hint. */
  pollMs: number;
  /** From the end of an attempt to its sealing: the next task goes first. */
  sealDelayMs: number;
  /** How long the rest of the log of an ended attempt is waited for. */
  giveUpMs: number;
  /** How often open logs of ended attempts are looked for. */
  sweepMs: number;
  /** How long the store may take nothing of what is written into it. */
  writeMs: number;
}

/** What is used unless a test says otherwise. */
export const DEFAULT_LOG_SETTINGS: LogCollectorSettings = {
  flushMs: 300,
  pollMs: 2_000,
  sealDelayMs: 50,
  giveUpMs: 10 * 60_000,
  sweepMs: 60_000,
  writeMs: 30_000,
};

/** Logs that are worked on at the same time. */
const PARALLEL = 4;
/** Of these, logs of ended attempts: a store that hangs holds up no live one. */
const PARALLEL_ENDED = 3;

interface Entry {
  attemptId: string;
  /** As it was claimed: right until something was done to its log. */
  row?: AttemptLogRow;
  log?: AttemptLog;
  executor?: TaskExecutor;
  ended: boolean;
  /**
   * It stays open for a trigger when it is copied; undefined when only its row
   * says whether it does.
   */
  kept?: boolean;
  /** All of it is stored, though it is not sealed: see `log_kept`. */
  isComplete?: boolean;
  /** Why the rest is not waited for. */
  lost?: string;
  timer?: NodeJS.Timeout;
  /** When the timer fires, monotonic. */
  dueAt: number;
  running: boolean;
  lastStep: number;
  failures: number;
  /** Since when its end is waited for in vain, monotonic. */
  stuckSince?: number;
}

/**
 * Brings the logs of all attempts into the store, beside the engine and never
 * in its way: calls return at once, a few logs are worked on at a time, and an
 * error of the store is waited out. Bytes are never given up for that, since
 * the executor keeps the raw log until it is told to forget it.
 */
export class LogCollector {
  private readonly entries = new Map<string, Entry>();
  private readonly ready: Entry[] = [];
  private readonly settings: LogCollectorSettings;
  private readonly writes: BoundedWrites;
  private running = 0;
  private runningEnded = 0;
  private stopped = false;
  private sweepTimer?: NodeJS.Timeout;
  private readonly idleWaiters: (() => void)[] = [];
  private background: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: Omit<AttemptLogContext, 'put' | 'remove'> & {
      store: Pick<ArtifactStore, 'put' | 'delete'>;
      executors: ReadonlyMap<string, TaskExecutor>;
      logger: LoggerService;
      settings?: Partial<LogCollectorSettings>;
    },
  ) {
    this.settings = { ...DEFAULT_LOG_SETTINGS, ...options.settings };
    this.writes = new BoundedWrites(options.store, this.settings.writeMs);
  }

  /** An attempt was launched. Call it after the commit. */
  started(attempt: { attemptId: string; row?: AttemptLogRow }): void {
    const entry = this.entry(attempt.attemptId);
    entry.row = attempt.row;
    this.schedule(entry, this.settings.pollMs);
  }

  /**
   * Its launch was refused: there is no log, and the masks of the next launch
   * are other ones, which come with `started`.
   */
  refused(attemptId: string): void {
    const entry = this.entries.get(attemptId);
    if (!entry) return;
    clearTimeout(entry.timer);
    this.entries.delete(attemptId);
  }

  /** Its log grew: a hint from the executor. */
  grew(attemptId: string): void {
    const entry = this.entry(attemptId);
    const since = performance.now() - entry.lastStep;
    this.schedule(entry, Math.max(0, this.settings.flushMs - since));
  }

  /**
   * It is over and its outcome is committed: its log is read to the end,
   * sealed, and the executor forgets it. Any number of times.
   *
   * @param options - `kept`: it is read to the end and stays open for a trigger
   * until it is not kept any more; without it its row is asked
   */
  ended(attemptId: string, { kept }: { kept?: boolean } = {}): void {
    const entry = this.entry(attemptId);
    entry.ended = true;
    entry.kept = kept ?? entry.kept;
    this.schedule(entry, this.settings.sealDelayMs);
  }

  /**
   * Goes on with what an earlier process left open, and keeps looking for
   * such. Call it once, when the executors are started.
   */
  async resume(): Promise<void> {
    let first = true;
    // What cannot be read now is looked for again: nothing else would.
    const look = async () => {
      try {
        await this.sweep(first);
        if (first) await this.forgetSealed();
        first = false;
      } catch (error) {
        this.options.logger.warn(
          `Open logs could not be looked for: ${(error as Error).message}`,
        );
      }
    };
    const again = () => {
      if (this.stopped) return;
      this.background = look();
      this.background.then(() => this.armSweep(again));
    };
    await look();
    this.armSweep(again);
  }

  /** Resolves when no ended attempt waits for its sealing. For tests. */
  async idle(): Promise<void> {
    if (!this.isBusy()) return;
    await new Promise<void>(resolve => this.idleWaiters.push(resolve));
  }

  /** Ends all work; what is not sealed is found again by {@link LogCollector.resume}. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.sweepTimer);
    for (const entry of this.entries.values()) clearTimeout(entry.timer);
    this.ready.length = 0;
    for (const entry of [...this.entries.values()]) {
      if (!entry.running) this.entries.delete(entry.attemptId);
    }
    await this.background;
    await this.idle();
  }

  private armSweep(again: () => void): void {
    if (this.stopped) return;
    this.sweepTimer = setTimeout(again, this.settings.sweepMs);
    this.sweepTimer.unref();
  }

  private isBusy(): boolean {
    if (this.stopped) return this.running > 0;
    return (
      this.running > 0 || [...this.entries.values()].some(entry => entry.ended)
    );
  }

  private entry(attemptId: string): Entry {
    let entry = this.entries.get(attemptId);
    if (!entry) {
      entry = {
        attemptId,
        ended: false,
        dueAt: Infinity,
        running: false,
        lastStep: -Infinity,
        failures: 0,
      };
      if (!this.stopped) this.entries.set(attemptId, entry);
    }
    return entry;
  }

  /** In `delay` ms, or sooner when it is planned sooner. */
  private schedule(entry: Entry, delay: number): void {
    if (this.stopped) return;
    const dueAt = performance.now() + delay;
    if (dueAt >= entry.dueAt) return;
    entry.dueAt = dueAt;
    // A running one looks at `dueAt` when it is through.
    if (!entry.running) this.arm(entry);
  }

  private arm(entry: Entry): void {
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => {
      this.ready.push(entry);
      this.work();
    }, Math.max(0, entry.dueAt - performance.now()));
    // A backend that ends must not wait for the next poll of a log.
    entry.timer.unref();
  }

  private work(): void {
    while (this.running < PARALLEL) {
      const next = this.ready.findIndex(
        ({ ended }) => !ended || this.runningEnded < PARALLEL_ENDED,
      );
      if (next < 0) return;
      const [entry] = this.ready.splice(next, 1);
      if (entry.running) continue;
      const { ended } = entry;
      entry.running = true;
      entry.dueAt = Infinity;
      this.running += 1;
      if (ended) this.runningEnded += 1;
      this.visit(entry).finally(() => {
        this.running -= 1;
        if (ended) this.runningEnded -= 1;
        entry.running = false;
        entry.lastStep = performance.now();
        // A hint that came while it was sealed has nothing left to do.
        const known = this.entries.get(entry.attemptId) === entry;
        if (known && !this.stopped && entry.dueAt !== Infinity) this.arm(entry);
        if (!this.isBusy()) {
          this.idleWaiters.splice(0).forEach(resolve => resolve());
        }
        this.work();
      });
    }
  }

  /** One turn of one log; never rejects. */
  private async visit(entry: Entry): Promise<void> {
    const { ended } = entry;
    try {
      const result = await this.step(entry, ended);
      entry.failures = 0;
      if (result === 'sealed') {
        // Known until then: a late hint must not have it forgotten twice.
        await this.forget(entry);
        this.entries.delete(entry.attemptId);
      } else if (result === 'foreign') {
        this.entries.delete(entry.attemptId);
      } else if (result === 'more') {
        entry.stuckSince = undefined;
        this.schedule(entry, 0);
      } else if (ended) {
        this.stuck(entry, 'its end was never reported');
        this.schedule(entry, 200);
      } else {
        this.schedule(entry, this.settings.pollMs);
      }
    } catch (error) {
      // Whatever it was, the row says where to go on.
      entry.log = undefined;
      if (ended && error instanceof LogSourceError) {
        this.stuck(entry, error.message);
      }
      this.failed(entry, error as Error);
    }
  }

  private async step(
    entry: Entry,
    ended: boolean,
  ): Promise<'waiting' | 'more' | 'sealed' | 'foreign'> {
    const { db, executors } = this.options;
    if (!entry.log) {
      const row = entry.row ?? (await attemptLog(db, db.knex, entry.attemptId));
      // What goes wrong from here on is looked up.
      entry.row = undefined;
      const executor = row && executors.get(row.executor);
      const own = executor?.instance === row?.executor_instance;
      // Of one that was deleted with its run, it is the one that was read.
      if (row) entry.executor = own ? executor : undefined;
      if (!row || row.log_state !== 'open') {
        // Deleted, or sealed by another process: over, whoever ended it, and
        // what this process's executor copied goes too.
        entry.ended = true;
        return 'sealed';
      }
      if (!own && entry.lost === undefined) {
        // Asked here, another host's processes have no log at all. Whoever has
        // it seals it, or, when that host is gone, the sweep.
        if (!(await instanceIsSilent(db, db.knex, row))) return 'foreign';
        if (row.log_kept !== 'complete') entry.lost = goneHost(row);
      }
      entry.log = this.openLog(entry, row);
      entry.isComplete = row.log_kept === 'complete';
    }
    if (entry.isComplete) return entry.log.finish();
    if (ended && entry.kept === undefined) {
      const row = await attemptLog(db, db.knex, entry.attemptId);
      if (row?.log_kept === 'copied') return 'foreign';
      entry.kept ??= row?.log_kept === 'copying';
    }
    const { kept, lost } = entry;
    const result =
      lost === undefined
        ? await entry.log.step(ended, kept)
        : await entry.log.abandon(lost, kept);
    if (result !== 'kept') return result;
    await markCopied(db, db.knex, entry.attemptId);
    // Unless it was closed meanwhile.
    return entry.kept ? 'foreign' : 'more';
  }

  private openLog(entry: Entry, row: AttemptLogRow): AttemptLog {
    const context: AttemptLogContext = {
      ...this.options,
      put: (key, content) => this.writes.put(key, content),
      remove: key => this.writes.remove(key),
    };
    try {
      return new AttemptLog(context, entry.executor, row);
    } catch (error) {
      if ((error as Error).name !== 'InputError' || !entry.ended) throw error;
      // Without its masks no byte of it may be stored.
      entry.lost = `what must be hidden in it is not known: ${
        (error as Error).message
      }`;
      return new AttemptLog(context, entry.executor, row, false);
    }
  }

  private stuck(entry: Entry, reason: string): void {
    const now = performance.now();
    entry.stuckSince ??= now;
    if (now - entry.stuckSince >= this.settings.giveUpMs) entry.lost = reason;
  }

  private failed(entry: Entry, error: Error): void {
    if (error.name !== 'ConflictError') {
      // Once an outage, not once a try.
      if (entry.failures === 0) {
        this.options.logger.warn(
          `The log of attempt ${entry.attemptId} waits: ${error.message}`,
        );
      }
      entry.failures += 1;
    }
    this.schedule(entry, Math.min(30_000, 250 * 2 ** entry.failures));
  }

  private async forget(entry: Entry): Promise<void> {
    if (!entry.executor || !entry.ended) return;
    try {
      await entry.executor.forget(entry.attemptId);
    } catch (error) {
      // The next start asks for it again.
      this.options.logger.warn(
        `Executor "${entry.executor.name}" could not forget attempt ${
          entry.attemptId
        }: ${(error as Error).message}`,
      );
    }
  }

  /** Open logs that nobody in this process works on. */
  private async sweep(first: boolean): Promise<void> {
    const { db, executors } = this.options;
    let after = 0;
    for (;;) {
      const rows = await openLogs(db, db.knex, after, 500);
      for (const row of rows) {
        const { attempt_id: attemptId, state } = row;
        if (this.entries.has(attemptId)) continue;
        const own =
          executors.get(row.executor)?.instance === row.executor_instance;
        if (own) {
          if (row.log_kept === 'copied') continue;
          const kept = row.log_kept === 'copying';
          if (state === 'ended') this.ended(attemptId, { kept });
          else if (first && state !== 'claimed') this.started({ attemptId });
        } else if (
          state === 'ended' &&
          // A trigger goes on writing behind all that there will ever be.
          row.log_kept !== 'copied' &&
          (await instanceIsSilent(db, db.knex, row))
        ) {
          this.ended(attemptId, { kept: row.log_kept === 'copying' });
        }
      }
      if (rows.length < 500) break;
      after = num(rows[rows.length - 1].id);
    }
    await this.endClosed();
    for (const id of await sealedWithChunks(db, db.knex)) {
      await removeChunks(db, id);
    }
  }

  /**
   * What another process sealed, or deleted with its run, while this one was
   * copying it: nobody tells this one that it is over.
   */
  private async endClosed(): Promise<void> {
    const { db } = this.options;
    const copied = [...this.entries.values()].filter(entry => !entry.ended);
    const ids = copied.map(entry => entry.attemptId);
    const open = await openAmong(db, db.knex, ids);
    for (const entry of copied) {
      if (open.has(entry.attemptId)) continue;
      // The row is read anew, and says what to do.
      entry.row = undefined;
      entry.log = undefined;
      this.ended(entry.attemptId);
    }
  }

  /** What a process that died between sealing and forgetting left behind. */
  private async forgetSealed(): Promise<void> {
    const { db, executors } = this.options;
    for (const executor of executors.values()) {
      const listed = await executor.list();
      for (const { attemptId, phase } of listed) {
        if (phase !== 'ended') continue;
        const row = await attemptLog(db, db.knex, attemptId);
        if (row && row.state === 'ended' && row.log_state !== 'open') {
          await this.forget({
            ...this.entry(attemptId),
            executor,
            ended: true,
          });
          this.entries.delete(attemptId);
        }
      }
    }
  }
}

function goneHost(row: AttemptLogRow): string {
  return `the host that ran it (${row.executor_instance}) is gone`;
}
