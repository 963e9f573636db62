import { ConflictError } from '@backstage/errors';
import type { TaskExecutor } from '@maestro/plugin-maestro-node';
import {
  type ReadyTask,
  firstQueuedRun,
  lanesThatWait,
  readyTasks,
} from '../database/operations/runs/waitingWork';
import { num } from '../database/conversion';
import { fireTicks, fireTimer } from '../scheduling/timerHandlers';
import { TimerLoop } from '../scheduling/TimerLoop';
import { BackfillCommands } from './BackfillCommands';
import { type ClaimOptions, claimReady, slotKey } from './claim';
import { Dispatcher } from './Dispatcher';
import { ObservationQueue } from './ObservationQueue';
import type { CancelTimer } from './ProcessClock';
import { Reconciler } from './Reconciler';
import { type CommittedChange, RunChanges } from './RunChanges';
import { RunCommands } from './RunCommands';
import type { RunDraft } from './RunDraft';
import { isForOneHost, whyRefused } from './severalHosts';
import { runsToCancel, startIfAllowed } from './startRun';
import type { EngineContext, Observation } from './types';
import { TriggerWaits } from './triggers/TriggerWaits';
import { WaitLooks } from './waits/WaitLooks';

/** Ready tasks looked at in one general claim. */
const CLAIM_LOOK = 64;
/** Runs started in one transaction; see `docs/decisions/0022-*`. */
const STARTS_TOGETHER = 16;

/**
 * The scheduler of one process. Several may work on one database: all that
 * they agree on is in its rows.
 *
 * Everything that happens takes the same way: an observation, a timer or a
 * command changes a locked run ({@link RunChanges}), and what follows from the
 * commit (launches, cancels, the next queued run) is done afterwards. What a
 * crash prevents is found again by the poll and the {@link Reconciler}.
 */
export class Engine {
  readonly runs: RunChanges;
  readonly commands: RunCommands;
  readonly backfills: BackfillCommands;
  private readonly dispatcher: Dispatcher;
  private readonly observations: ObservationQueue;
  private readonly timers: TimerLoop;
  private readonly reconciler: Reconciler;
  private readonly looks: WaitLooks;
  private readonly triggers: TriggerWaits;
  private readonly abort = new AbortController();
  private cancelPoll: CancelTimer | undefined;
  /** When a slot last came free here, by `clock.elapsed()`. */
  private freedAt = -Infinity;
  /** When a change last left something ready here, in the same time. */
  private leftReadyAt = -Infinity;
  private claiming: Promise<void> | undefined;
  private claimAgain = false;
  /** A process that only answers requests launches and fires nothing. */
  private isStarted = false;
  private isStopping = false;
  /** Executors that another host has; see {@link Engine.isRefused}. */
  private readonly refused = new Set<string>();

  readonly ctx: EngineContext;
  private readonly notStarted: Map<string, string>;
  private cancelStartAgain: CancelTimer | undefined;

  constructor(context: EngineContext) {
    this.notStarted = new Map(
      [...context.executors.keys()].map(name => [name, 'it was not started']),
    );
    const ctx = {
      ...context,
      notStarted: this.notStarted,
      isScheduling: () => this.isStarted && !this.isStopping,
      launching: (executor: string) => this.dispatcher.launching(executor),
    };
    this.ctx = ctx;
    this.runs = new RunChanges(ctx, change => this.afterCommit(change));
    this.commands = new RunCommands(this);
    this.backfills = new BackfillCommands(this);
    this.observations = new ObservationQueue(ctx, this.runs);
    this.looks = new WaitLooks(ctx, this.runs);
    this.triggers = new TriggerWaits(ctx, this.runs);
    this.dispatcher = new Dispatcher(
      ctx,
      observed => this.observe(observed),
      () => {
        this.noteFreed();
        this.claimSoon();
      },
    );
    this.reconciler = new Reconciler(this, this.dispatcher);
    this.timers = new TimerLoop({
      db: ctx.db,
      logger: ctx.logger,
      clock: ctx.clock,
      pollMs: ctx.settings.pollMs,
      fire: timer => fireTimer(this, timer),
      fireTicks: ticks => fireTicks(this, ticks),
    });
  }

  /**
   * Connects the executors, adopts what runs, and begins to work. What cannot
   * be reached now is tried again until it can: a cluster that is away when
   * this process starts must not leave it without a scheduler.
   */
  async start(): Promise<void> {
    this.isStarted = true;
    await this.startExecutors();
    await this.reconciler.start();
    this.timers.poke();
    this.pollOn();
  }

  /**
   * Stops working; what runs goes on, and the next process adopts it. Nothing is
   * claimed any more: it would have to be launched before we go, and what that
   * ends would claim the next one.
   */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.cancelPoll?.();
    this.cancelStartAgain?.();
    await this.timers.stop();
    await this.looks.stop();
    await this.triggers.stop();
    await this.reconciler.stop();
    await this.claiming;
    await this.observations.stop();
    // What was claimed is launched, or it would wait for its lease.
    await this.dispatcher.idle();
    // What was refused, or failed for certain, nobody else knows.
    await this.observations.idle();
    this.abort.abort();
    for (const executor of this.ctx.executors.values()) await executor.stop();
  }

  /** Takes in what an executor saw, or said of a launch. */
  observe(observed: Observation): void {
    this.observations.add(observed);
  }

  /** Starts a queued run if its pipeline has a place for it. */
  async startRun(id: number): Promise<void> {
    await this.startQueued(id, (run, fn) => this.runs.change(run, fn));
    // Its timers may be the next ones due.
    this.pokeTimers();
  }

  /**
   * Starts queued runs that were made together. One that cannot be started is
   * told; the poll starts it.
   */
  async startRuns(ids: readonly number[]): Promise<void> {
    for (let i = 0; i < ids.length; i += STARTS_TOGETHER) {
      const some = ids.slice(i, i + STARTS_TOGETHER);
      for (const id of await this.startTogether(some)) {
        await this.startQueued(id, (run, fn) => this.changeOne(run, fn));
      }
    }
    // Their timers may be the next ones due.
    this.pokeTimers();
  }

  /** @returns ids of those that are still to be started, one by one */
  private async startTogether(
    ids: readonly number[],
  ): Promise<readonly number[]> {
    if (ids.length < 2) return ids;
    // Who has to cancel others before its start does so without locks.
    const cancelling = new Set<number>();
    try {
      const left = await this.runs.changeTogether(
        ids,
        draft => {
          if (draft.definition.overlap !== 'cancel_older') {
            return startIfAllowed(draft);
          }
          cancelling.add(draft.id);
          return undefined;
        },
        drafts => this.lockPipelinesOf(drafts),
      );
      return [...left, ...cancelling];
    } catch (error) {
      this.ctx.logger.warn(
        `${ids.length} runs are started one by one, because together they could not be: ${error}`,
      );
      return ids;
    }
  }

  private async lockPipelinesOf(drafts: readonly RunDraft[]): Promise<void> {
    const [first] = drafts;
    if (!first || this.ctx.db.dialect === 'sqlite') return;
    const { shared, tx } = first;
    const ids = drafts.map(draft => num(draft.run.pipeline_id));
    await this.ctx.db.lockRows(tx, 'pipelines', [...new Set(ids)]);
    ids.forEach(id => shared.pipelines.add(id));
  }

  /** Looks at timers now, because some were set from outside. */
  pokeTimers(): void {
    if (this.isStarted) this.timers.poke();
  }

  /** Lists the executors now and mends what differs. */
  async reconcile(): Promise<void> {
    await this.reconciler.reconcile();
  }

  /**
   * Milliseconds since the reconciler last finished a round, when that is
   * longer than it should ever take; undefined while all is well.
   */
  stalledFor(): number | undefined {
    return this.reconciler.stalledFor();
  }

  /** Claims what is ready in any run, and starts queued runs, soon. */
  claimSoon(): void {
    if (!this.isStarted || this.isStopping) return;
    if (this.claiming) {
      this.claimAgain = true;
      return;
    }
    this.claiming = this.claimEverywhere()
      .catch(error => this.ctx.logger.error(`Claim failed: ${error}`))
      .finally(() => {
        this.claiming = undefined;
        if (this.claimAgain) {
          this.claimAgain = false;
          this.claimSoon();
        }
      });
  }

  /** Resolves when nothing is under way; for tests and the headless run. */
  async idle(): Promise<void> {
    await this.dispatcher.idle();
    await this.observations.idle();
    await this.looks.idle();
    await this.triggers.idle();
    await this.claiming;
  }

  private pollOn(): void {
    const { clock, settings } = this.ctx;
    this.cancelPoll = clock.after(settings.pollMs, () => {
      this.pollOn();
      this.claimSoon();
      this.triggers.soon();
      this.reconciler
        .lookAtOverdueClaims()
        .catch(error =>
          this.ctx.logger.error(`Leases could not be looked at: ${error}`),
        );
    });
  }

  /**
   * Whether another host runs tasks with an executor that does not allow it:
   * then nothing of it is done here, not even said that it is here.
   */
  isRefused(executor: string): boolean {
    return this.refused.has(executor);
  }

  /** @throws ConflictError when another host has it that must not */
  private async refuseSeveral(executor: TaskExecutor): Promise<void> {
    const why = await whyRefused(this.ctx, executor);
    if (why) {
      this.refused.add(executor.name);
      throw new ConflictError(why);
    }
    this.refused.delete(executor.name);
    // From now on the next one is refused.
    if (isForOneHost(this.ctx, executor)) {
      await this.reconciler.heartbeat(executor);
    }
  }

  private async startExecutors(): Promise<void> {
    const { executors, logger, settings, logs } = this.ctx;
    for (const name of [...this.notStarted.keys()]) {
      try {
        await this.refuseSeveral(executors.get(name)!);
        await executors.get(name)!.start({
          signal: this.abort.signal,
          onObservation: observed => this.observe(observed),
          onLogGrowth: attemptId => logs.grew(attemptId),
        });
        this.notStarted.delete(name);
        this.claimSoon();
      } catch (error) {
        this.notStarted.set(name, (error as Error).message);
        logger.error(
          `Executor "${name}" did not start; its tasks wait, and it is tried again: ${error}`,
        );
      }
    }
    if (this.notStarted.size === 0 || this.abort.signal.aborted) return;
    this.cancelStartAgain = this.ctx.clock.after(settings.reconcileMs, () => {
      this.startExecutors();
    });
  }

  private afterCommit({ draft, finished }: CommittedChange): void {
    for (const launch of draft.launches) {
      this.observations.expect(launch.attempt.attemptId, draft.id);
      this.dispatcher.launch(launch);
    }
    // A process that does not schedule has started no executor: who has lists
    // what is to be cancelled or sealed, and does it.
    if (!this.isStarted) return;
    draft.cancels.forEach(cancel => this.dispatcher.cancel(cancel));
    for (const attemptId of draft.endedAttempts) {
      this.observations.forget(attemptId);
      this.ctx.logs.ended(attemptId, { kept: draft.keptLogs.has(attemptId) });
    }
    for (const attemptId of draft.closedLogs) {
      this.ctx.logs.ended(attemptId, { kept: false });
    }
    if (draft.changesTriggers) this.triggers.soon();
    const mayClaim = this.mayClaim(draft);
    // Not before: it asks for what others have freed, and left ready.
    if (draft.endedAttempts.length > 0) this.noteFreed();
    if (draft.makesReady) this.leftReadyAt = this.ctx.clock.elapsed();
    if (finished || draft.startsRuns || mayClaim) this.claimSoon();
    // A process that only answers requests looks at nothing: it may not be
    // where the files are.
    if (this.isStarted) draft.looks.forEach(look => this.looks.start(look));
    if (draft.setsTimers) this.pokeTimers();
  }

  /**
   * Whether a look at the queue could claim what this change did not. What was
   * ready before waits for a slot, and whoever frees one comes here.
   */
  private mayClaim(draft: RunDraft): boolean {
    const { endedAttempts, launches, reusedSteps, shared } = draft;
    const ended = endedAttempts.length;
    const claimed = launches.length + reusedSteps;
    // Beside other runs its limits may have been counted before theirs were free.
    const freesSlots =
      ended > 0 && (shared.isShared || ended > launches.length);
    const leavesReady = !draft.hasClaimed && (draft.makesReady || claimed > 0);
    // A slot that came free while limits were counted, and whose own look may
    // have been before this commit. On SQLite one transaction sees the other.
    const isPostgres = this.ctx.db.dialect === 'postgres';
    const wasFreed =
      isPostgres &&
      this.freedAt >= draft.openedAt &&
      draft.states.includes('scheduled');
    // The same from the other side: what became ready while its slot was taken
    // by this one, which then claimed another.
    const wasReady =
      isPostgres && ended > 0 && this.leftReadyAt >= draft.openedAt;
    return freesSlots || leavesReady || wasFreed || wasReady;
  }

  private noteFreed(): void {
    this.freedAt = this.ctx.clock.elapsed();
  }

  private async claimEverywhere(): Promise<void> {
    await this.startQueuedRuns();
    // What is full stays full for this time: who frees a slot comes back. So
    // that nobody stands in the way of those behind, it is left out next look.
    const fullPools = new Set<string>();
    // An executor takes launches again at any time: what is first gets them.
    const stillFull = new Set<string>();
    const blockedRuns = new Set<number>();
    while (!this.isStopping) {
      const ready = await readyTasks(this.ctx.db, this.ctx.db.knex, {
        fullPools: [...fullPools],
        blockedRuns: [...blockedRuns],
        limit: CLAIM_LOOK,
      });
      if (ready.length === 0) return;
      for (const { runId, tasks } of byPriority(ready)) {
        if (blockedRuns.has(runId)) continue;
        const open = tasks.filter(({ pool }) => !pool || !fullPools.has(pool));
        if (open.length === 0) continue;
        const full = new Set<string>();
        const only = new Set(
          open.map(({ taskNo, mapIndex }) => slotKey(taskNo, mapIndex)),
        );
        let launches = await this.claimIn(runId, { only, full, stillFull });
        addExecutors(stillFull, full);
        if (this.allExecutorsIn(stillFull)) return;
        if (launches === 0 && isOfTaskIn(full)) {
          // Others of its tasks may want another executor, or have no limit of
          // their own that is full.
          launches = await this.claimIn(runId, { full, stillFull });
          addExecutors(stillFull, full);
        }
        const known = fullPools.size;
        for (const limit of full) {
          if (limit.startsWith('pool:')) fullPools.add(limit.slice(5));
        }
        if (launches === 0 && fullPools.size === known) blockedRuns.add(runId);
      }
    }
  }

  private async claimIn(runId: number, options: ClaimOptions): Promise<number> {
    const change = await this.changeOne(runId, async draft => {
      if (draft.run.state === 'running') await claimReady(draft, options);
    });
    return change ? change.draft.launches.length + change.draft.reusedSteps : 0;
  }

  private allExecutorsIn(full: ReadonlySet<string>): boolean {
    const { executors } = this.ctx;
    return (
      executors.size > 0 &&
      [...executors.keys()].every(name => full.has(`executor:${name}`))
    );
  }

  /** The first queued runs of every lane, as many as it has places for. */
  private async startQueuedRuns(): Promise<void> {
    const { db } = this.ctx;
    for (const lane of await lanesThatWait(db, db.knex)) {
      for (;;) {
        const id = await firstQueuedRun(db, db.knex, lane);
        if (id === undefined) break;
        const change = await this.startQueued(id, (run, fn) =>
          this.changeOne(run, fn),
        );
        // Full, or broken: then it must not keep the other lanes waiting.
        if (!change) break;
      }
    }
  }

  /**
   * Starts a queued run if its pipeline lets it; what has to make room for it
   * is cancelled before. Looked at again with each look at the queue, so a crash
   * in between changes nothing.
   */
  private async startQueued(
    id: number,
    change: Engine['changeOne'],
  ): Promise<CommittedChange | undefined> {
    let older: string[] = [];
    const started = await change(id, async draft => {
      older = await runsToCancel(draft);
      if (older.length === 0) await startIfAllowed(draft);
    });
    if (older.length === 0) return started;
    for (const runId of older) {
      await this.commands.cancelRun(runId, 'maestro:overlap');
    }
    return change(id, startIfAllowed);
  }

  /** A run that cannot be changed is told and passed over: others go on. */
  private async changeOne(
    runId: number,
    fn: (draft: RunDraft) => Promise<void> | void,
  ): Promise<CommittedChange | undefined> {
    try {
      return await this.runs.change(runId, fn);
    } catch (error) {
      this.ctx.logger.error(`Run ${runId} could not go on: ${error}`);
      return undefined;
    }
  }
}

/** Adds those limits that are one of an executor. */
function addExecutors(to: Set<string>, full: ReadonlySet<string>): void {
  for (const limit of full) {
    if (limit.startsWith('executor:')) to.add(limit);
  }
}

/** Whether other tasks of the run may still find a free slot. */
function isOfTaskIn(full: ReadonlySet<string>): boolean {
  return [...full].some(limit => /^(executor|map|task):/.test(limit));
}

/** Tasks of one run and one priority together, highest priority first. */
function byPriority(
  ready: readonly ReadyTask[],
): Array<{ runId: number; tasks: ReadyTask[] }> {
  const groups = new Map<string, { runId: number; tasks: ReadyTask[] }>();
  for (const task of ready) {
    const { runId } = task;
    const key = `${task.priority}/${runId}`;
    const group = groups.get(key) ?? { runId, tasks: [] };
    groups.set(key, group);
    group.tasks.push(task);
  }
  return [...groups.values()];
}
