import { hostname } from 'node:os';
import type {
  ObservedAttempt,
  TaskExecutor,
} from '@maestro/plugin-maestro-node';
import { num, optionalNum } from '../database/conversion';
import { isStoreError } from '../database/isStoreError';
import { forgetInstance } from '../database/operations/attempts/forgetInstance';
import { isUnheard } from '../database/operations/attempts/limits';
import type { AttemptRow, ExecutorInstanceRow } from '../database/tables';
import { ClockWatch } from './ClockWatch';
import { freeOfPast } from './dependsOnPast';
import type { Dispatcher } from './Dispatcher';
import type { Engine } from './Engine';
import { endAttempt, isRefused } from './outcome';
import { planAll } from './planRun';
import type { CancelTimer } from './ProcessClock';
import { launchAgain } from './refusedLaunch';
import type { RunDraft } from './RunDraft';

/** Every so many rounds all running runs are planned in full. */
const FULL_CHECK_EVERY = 6;
const FULL_CHECK_RUNS = 200;
/** A round that is not finished after this long is no progress. */
const STALLED_MS = 30_000;
/** A round waits so long for an executor, and then goes on without it. */
const ANSWER_MS = 10_000;

/** Claims whose time is over, looked at in one go. */
const OVERDUE_CLAIMS = 64;

/** What is looked at of them: an attempt may hold MBs that are not. */
const CLAIM = ['id', 'attempt_id', 'run_id', 'state', 'lease_owner'] as const;

/** What an executor was asked and has not answered yet. */
interface Look {
  /** By `clock.elapsed()`. */
  since: number;
  done: Promise<void>;
}

/**
 * Compares what the database wants with what the executors list, and makes
 * both agree. Level-triggered: it does not matter what was missed or why, so
 * recovery after a crash is the same path as an ordinary day.
 */
export class Reconciler {
  private cancelTimer: CancelTimer | undefined;
  private round = 0;
  private running: Promise<void> | undefined;
  private stopped = false;
  private lastRound: number;
  private readonly clockWatch: ClockWatch;
  /** The full check goes on behind this run. */
  private checkedUpTo = 0;
  /** The next look at overdue claims goes on behind this one, by executor. */
  private readonly overdueUpTo = new Map<string, number>();
  private isLookingAtClaims = false;
  /** By name of the executor; one at a time. */
  private readonly looks = new Map<string, Look>();

  constructor(
    private readonly engine: Engine,
    private readonly dispatcher: Dispatcher,
  ) {
    const { clock } = engine.ctx;
    this.lastRound = clock.elapsed();
    this.clockWatch = new ClockWatch(() => clock.elapsed());
  }

  async start(): Promise<void> {
    await this.reconcileOrTell();
    this.schedule();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelTimer?.();
    // Its failure was told where it was begun, and must not keep open the rest.
    await this.running?.catch(() => {});
  }

  /** One round; a second call joins the one under way. */
  async reconcile(): Promise<void> {
    this.running ??= this.oneRound().finally(() => {
      this.running = undefined;
    });
    await this.running;
  }

  /** See `Engine.stalledFor`. */
  stalledFor(): number | undefined {
    const { clock, settings } = this.engine.ctx;
    const silent = clock.elapsed() - this.lastRound;
    return silent > settings.reconcileMs + STALLED_MS ? silent : undefined;
  }

  private schedule(): void {
    if (this.stopped) return;
    const { clock, settings } = this.engine.ctx;
    this.cancelTimer = clock.after(settings.reconcileMs, async () => {
      await this.reconcileOrTell();
      this.schedule();
    });
  }

  private async reconcileOrTell(): Promise<void> {
    try {
      await this.reconcile();
    } catch (error) {
      this.engine.ctx.logger.error(`Reconciling failed: ${error}`);
    }
  }

  private async oneRound(): Promise<void> {
    const failures: unknown[] = [];
    // One that does not answer keeps nobody from looking at the others.
    await Promise.all(
      [...this.engine.ctx.executors.values()].map(executor =>
        this.lookAt(executor).catch(error => failures.push(error)),
      ),
    );
    await this.endLostInstances();
    if (this.round++ % FULL_CHECK_EVERY === 0) await this.fullCheck();
    this.engine.claimSoon();
    if (failures.length > 0) throw failures[0];
    this.lastRound = this.engine.ctx.clock.elapsed();
  }

  /**
   * Waits {@link ANSWER_MS} for a new look at an executor, and not at all for
   * one that an earlier round began: that one does its work when it can.
   *
   * @throws Error when the look failed, or the executor is silent
   */
  private async lookAt(executor: TaskExecutor): Promise<void> {
    const { name } = executor;
    const { clock, logger } = this.engine.ctx;
    const begun = this.looks.get(name);
    if (begun) {
      const silent = clock.elapsed() - begun.since;
      if (silent <= STALLED_MS) return;
      throw new Error(
        `Executor "${name}" has not answered for ${Math.round(
          silent / 1000,
        )} s; its tasks are looked at when it does`,
      );
    }
    const done = this.look(executor).finally(() => this.looks.delete(name));
    this.looks.set(name, { since: clock.elapsed(), done });
    let cancelTimer: CancelTimer | undefined;
    const late = new Promise<'late'>(resolve => {
      cancelTimer = clock.after(ANSWER_MS, () => resolve('late'));
    });
    try {
      if ((await Promise.race([done, late])) !== 'late') return;
    } finally {
      cancelTimer?.();
    }
    done.catch(error =>
      logger.error(`Executor "${name}" could not be looked at: ${error}`),
    );
  }

  private async look(executor: TaskExecutor): Promise<void> {
    const { notStarted } = this.engine.ctx;
    if (this.engine.isRefused(executor.name)) return;
    await this.heartbeat(executor);
    if (!notStarted?.has(executor.name)) await this.compare(executor);
  }

  /** Says that the work of an executor is looked after from here. */
  async heartbeat(executor: TaskExecutor): Promise<void> {
    const { db, scheduler, settings, notStarted } = this.engine.ctx;
    const beat = async () => {
      await db
        .table(db.knex, 'executor_instances')
        .insert({
          executor: executor.name,
          instance: executor.instance,
          scheduler,
          host: hostname(),
          seen_at: await db.now(),
          ttl: settings.instanceTtlMs,
        })
        .onConflict(['executor', 'instance'])
        .merge();
    };
    if (executor.renew && !notStarted?.has(executor.name)) {
      await executor.renew(settings.instanceTtlMs / 2, beat);
    } else {
      await beat();
    }
  }

  /**
   * Looks at claims whose time is over, without waiting for the next round.
   * What was refused is launched again. What is leased is ended if it is not
   * there: whoever claimed it is dead, and another can launch it.
   */
  async lookAtOverdueClaims(): Promise<void> {
    // It is asked for each second, and may take longer.
    if (this.running || this.isLookingAtClaims) return;
    this.isLookingAtClaims = true;
    try {
      await this.lookAtClaims();
    } finally {
      this.isLookingAtClaims = false;
    }
  }

  private async lookAtClaims(): Promise<void> {
    const { db, executors, notStarted } = this.engine.ctx;
    let isLeaseOver = false;
    for (const { name, instance } of executors.values()) {
      if (notStarted?.has(name) || this.engine.isRefused(name)) continue;
      const now = await db.now();
      const overdue = (await db
        .table(db.knex, 'attempts')
        .where({ executor: name, executor_instance: instance })
        .where({ state: 'claimed' })
        .whereRaw("state <> 'ended'")
        .where('lease_until', '<', now)
        .where('id', '>', this.overdueUpTo.get(name) ?? 0)
        .orderBy('id')
        .limit(OVERDUE_CLAIMS)
        .select(...CLAIM)) as Pick<AttemptRow, (typeof CLAIM)[number]>[];
      // Those of runs that cannot be changed stay, and must not be all there is.
      const isAll = overdue.length < OVERDUE_CLAIMS;
      this.overdueUpTo.set(name, isAll ? 0 : num(overdue.at(-1)!.id));
      for (const attempt of overdue.filter(isRefused)) {
        if (this.stopped) return;
        if (this.dispatcher.isFull(name)) {
          // It waits as those do that are not claimed yet, and comes first then.
          this.overdueUpTo.set(name, num(attempt.id) - 1);
          break;
        }
        await this.changeOrTell(num(attempt.run_id), draft =>
          launchAgain(draft, attempt.attempt_id),
        );
      }
      isLeaseOver ||= !overdue.every(isRefused);
    }
    if (isLeaseOver) await this.reconcileOrTell();
  }

  private async compare(executor: TaskExecutor): Promise<void> {
    const { db } = this.engine.ctx;
    // Before the listing, which may take long: a lease that ended meanwhile
    // says nothing, because its launch may have come just after the listing.
    const now = await this.databaseNow();
    // Read before the listing: what is claimed after it cannot be missed.
    const live = (await db
      .table(db.knex, 'attempts')
      .where({ executor: executor.name, executor_instance: executor.instance })
      .whereRaw("state <> 'ended'")) as AttemptRow[];
    const wanted = live.map(({ attempt_id: attemptId, object }) => ({
      attemptId,
      object: object ?? undefined,
    }));
    const listed = new Map(
      (await executor.list({ wanted })).map(found => [found.attemptId, found]),
    );
    // It answered when nobody waits for it any more.
    if (this.stopped) return;
    for (const attempt of live) {
      const found = listed.get(attempt.attempt_id);
      listed.delete(attempt.attempt_id);
      if (found) {
        this.engine.observe(found);
        if (attempt.cancel_requested_at !== null && found.phase !== 'ended') {
          this.dispatcher.cancel({
            executor: executor.name,
            attemptId: attempt.attempt_id,
          });
        }
      } else {
        await this.handleMissing(attempt, now);
      }
    }
    for (const found of listed.values()) {
      await this.handleUnexpected(executor, found);
    }
  }

  /** In the database, not listed: never launched, or lost. */
  private async handleMissing(attempt: AttemptRow, now: number): Promise<void> {
    // It waits to be launched again: that it is not there says nothing.
    if (isRefused(attempt)) return;
    const { leaseMs } = this.engine.ctx.settings;
    const lease = optionalNum(attempt.lease_until);
    const isLeased =
      (lease !== undefined && lease > now) ||
      !this.clockWatch.isEvenFor(leaseMs);
    if (attempt.state === 'claimed' && isLeased) return;
    await this.endAsGone(
      attempt,
      attempt.state === 'claimed'
        ? {
            failure: 'launch',
            message: `it was not launched within ${Math.round(
              leaseMs / 1000,
            )} s`,
          }
        : {
            failure: 'lost',
            message: `executor "${attempt.executor}" does not have it any more`,
          },
    );
  }

  /** Listed, not live in the database: ended, superseded or unknown. */
  private async handleUnexpected(
    executor: TaskExecutor,
    found: ObservedAttempt,
  ): Promise<void> {
    const { db, logs } = this.engine.ctx;
    const row = (await db
      .table(db.knex, 'attempts')
      .where({ attempt_id: found.attemptId })
      .first()) as AttemptRow | undefined;
    // Claimed between the two reads: it is not unexpected at all.
    if (row && row.state !== 'ended') return;
    if (found.phase !== 'ended') {
      this.dispatcher.cancel({
        executor: executor.name,
        attemptId: found.attemptId,
      });
    } else if (!row) {
      await executor.forget(found.attemptId);
    } else {
      // Seals the log if that was interrupted, and then forgets it.
      logs.ended(found.attemptId);
    }
  }

  /**
   * Work of an executor instance that has been silent for its TTL. Never of
   * this process's own ones, whose listing it has: it may have slept, or the
   * clock may have jumped, since its last heartbeat.
   *
   * Such a host has ended its tasks by itself when half the time was over, and
   * claims nothing more before it was heard of again.
   */
  private async endLostInstances(): Promise<void> {
    const { db, executors } = this.engine.ctx;
    const own = new Set(
      [...executors.values()].map(executor => executor.instance),
    );
    const now = await this.databaseNow();
    const silent = await db
      .table(db.knex, 'executor_instances')
      .whereRaw('seen_at + ttl < ?', [now]);
    for (const instance of silent) {
      if (own.has(instance.instance)) continue;
      if (!this.clockWatch.isEvenFor(num(instance.ttl))) continue;
      const live = (await db
        .table(db.knex, 'attempts')
        .where({
          executor: instance.executor,
          executor_instance: instance.instance,
        })
        .whereRaw("state <> 'ended'")) as AttemptRow[];
      for (const attempt of live) {
        await this.endAsGone(
          attempt,
          {
            failure: 'lost',
            message: `its host ${instance.host ?? ''} has been silent for ${
              num(instance.ttl) / 1000
            } s`,
          },
          instance,
        );
      }
      await forgetInstance(db, instance, now);
    }
  }

  private databaseNow(): Promise<number> {
    return this.clockWatch.read(() => this.engine.ctx.db.now());
  }

  private async endAsGone(
    attempt: AttemptRow,
    failure: { failure: 'launch' | 'lost'; message: string },
    silent?: ExecutorInstanceRow,
  ): Promise<void> {
    await this.changeOrTell(num(attempt.run_id), async draft => {
      // Under its lock: an instance that is back may have claimed meanwhile.
      if (silent && !(await isUnheard(draft.ctx.db, draft.tx, silent))) return;
      const current = await draft.attempt(attempt.attempt_id);
      // Something happened to it since the listing: the next round sees.
      if (current?.state !== attempt.state) return;
      if (optionalNum(current.lease_until) !== optionalNum(attempt.lease_until))
        return;
      await endAttempt(draft, current, { result: 'failed', ...failure });
    });
  }

  /**
   * A run that cannot be changed (it is for newer code, or broken) is told, and
   * the others are looked at all the same.
   */
  private async changeOrTell(
    runId: number,
    fn: (draft: RunDraft) => Promise<void>,
  ): Promise<void> {
    try {
      await this.engine.runs.change(runId, fn);
    } catch (error) {
      if (isStoreError(error)) throw error;
      this.engine.ctx.logger.error(`Run ${runId} was passed over: ${error}`);
    }
  }

  /**
   * Plans every running run in full. It finds nothing as long as each change
   * was planned when it happened; what it finds is a defect, and is logged.
   */
  private async fullCheck(): Promise<void> {
    const { db, logger } = this.engine.ctx;
    const rows = await db
      .table(db.knex, 'runs')
      // The words of the partial index, or SQLite reads every run there was.
      .whereRaw("state in ('queued', 'running')")
      .where({ state: 'running' })
      .where('id', '>', this.checkedUpTo)
      .orderBy('id')
      .limit(FULL_CHECK_RUNS)
      .select('id');
    this.checkedUpTo =
      rows.length < FULL_CHECK_RUNS ? 0 : num(rows[rows.length - 1].id);
    for (const row of rows) {
      await this.changeOrTell(num(row.id), async draft => {
        // It may have ended, or been cleared, since the list was read.
        if (draft.run.state !== 'running') return;
        if (!draft.recount()) {
          logger.error(
            `Run ${draft.run.run_id} had counts of a mapped task that its instances do not give`,
          );
        }
        // What the run before let go may not have been told yet.
        const told = new Set(await freeOfPast(draft));
        const planned = await planAll(draft);
        if (planned.some(no => !told.has(no))) {
          logger.error(
            `Run ${draft.run.run_id} had ready tasks that no change had planned`,
          );
        }
      });
    }
  }
}
