import type { TriggerHost, TriggerOutcome } from '@maestro/plugin-maestro-node';
import { num, optionalNum } from '../../database/conversion';
import {
  type FreeTrigger,
  freeTriggers,
  ownTriggers,
  releaseTriggers,
  renewTriggers,
  takeTrigger,
  tellTriggers,
  triggerArguments,
  waitsAmong,
} from '../../database/operations/triggers/triggerWaits';
import { noteLostLines, writeTriggerLog } from '../../logs/TriggerLog';
import type { DeferralArguments } from '../declaredOutcome';
import type { RunChanges } from '../RunChanges';
import type { EngineContext } from '../types';
import type { TriggerFacts } from './defer';
import { applyTrigger, type Deferral } from './resume';

/** How long a trigger is left to a scheduler that says nothing, in ms. */
const LEASE_MS = 30_000;
/** How often a scheduler says that it runs its triggers, in ms. */
const RENEW_MS = 10_000;
/** Free triggers that are read at once. */
const FREE_PAGE = 100;
/** Lines that a trigger may write while its log cannot take them. */
const MAX_WAITING_LINES = 1_000;
/** Bytes that one scheduler takes of one trigger into a log. */
const MAX_LOG_BYTES = 1024 * 1024;
/** How long the log of a task is waited for before the task goes on, in ms. */
const LOG_PATIENCE_MS = 5_000;

interface Running extends Deferral {
  attemptId: string;
  environment: string;
  token: string;
  timeoutAt?: number;
  lines: string[];
  logBytes: number;
  outcome?: TriggerOutcome;
  /** When it had one, by `clock.elapsed()`. */
  firedAt?: number;
}

/**
 * Has triggers run that deferred tasks wait for, and resumes the tasks.
 *
 * A trigger belongs to the scheduler whose name stands on its wait, until a
 * time that it moves on while it lives: then another one takes it over, with a
 * new token. It may run twice for a moment; the wait, looked up under the run
 * lock, is there for the first outcome only. What runs here and has no wait any
 * more is ended. Whatever is lost is found by the next look.
 */
export class TriggerWaits {
  private readonly hosts: readonly TriggerHost[];
  private readonly running = new Map<string, Running>();
  private readonly troubles = new Map<string, string>();
  private looking: Promise<void> | undefined;
  private again = false;
  private isStopped = false;
  /**
   * By the clock of the database, as on the waits: one that only counts while
   * the host runs would miss that it has slept. Until then nobody else has
   * what is ours.
   */
  private leasedUntil = 0;
  private renewAt = 0;
  private untold = false;

  constructor(
    private readonly ctx: EngineContext,
    private readonly runs: RunChanges,
  ) {
    this.hosts = [...ctx.executors.values()].flatMap(({ triggers }) =>
      triggers ? [triggers] : [],
    );
    for (const host of this.hosts) {
      host.connect({
        onOutcome: (id, outcome) => this.fired(id, outcome),
        onLog: (id, line) => this.wrote(id, line),
        onTrouble: (environment, message) => {
          if (message === undefined) this.troubles.delete(environment);
          else this.troubles.set(environment, message);
          this.untold = true;
          this.soon();
        },
      });
    }
  }

  /** Looks what there is to run, and what is over. */
  soon(): void {
    if (this.hosts.length === 0 || this.isStopped) return;
    if (this.looking) {
      this.again = true;
      return;
    }
    this.looking = this.look()
      .catch(error =>
        this.ctx.logger.warn(`Triggers are looked at again: ${error}`),
      )
      .finally(() => {
        this.looking = undefined;
        if (!this.again) return;
        this.again = false;
        this.soon();
      });
  }

  /** Resolves when no look is under way. */
  async idle(): Promise<void> {
    while (this.looking) await this.looking;
  }

  /** Ends what runs here; another scheduler takes it at once. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.again = false;
    await this.looking;
    if (this.running.size === 0) return;
    const ended = [...this.running.values()];
    for (const { waitId } of ended) this.end(waitId, false);
    for (const one of ended) await this.storeLast(one);
    const { db, logger, scheduler } = this.ctx;
    await releaseTriggers(db, db.knex, scheduler).catch(error =>
      logger.warn(`Triggers are taken over later: ${error}`),
    );
  }

  private async look(): Promise<void> {
    const { db, scheduler } = this.ctx;
    if (this.running.size > 0) {
      const now = await db.now();
      // Before it is renewed: what is gone may be another scheduler's doing.
      const wasLeased = now < this.leasedUntil;
      if (now >= this.renewAt) {
        await renewTriggers(db, db.knex, scheduler, now + LEASE_MS);
        this.leasedUntil = now + LEASE_MS;
        this.renewAt = now + RENEW_MS;
      }
      await this.endGone(wasLeased);
    }
    await this.adopt();
    for (const one of [...this.running.values()]) await this.advance(one);
    if (this.untold) await this.tell();
  }

  /** Whose wait is over, or was taken by another scheduler, is ended. */
  private async endGone(wasLeased: boolean): Promise<void> {
    const { db, scheduler } = this.ctx;
    const asked = [...this.running.values()];
    const own = await ownTriggers(db, db.knex, scheduler);
    await this.giveBack(own);
    const now = await db.now();
    const gone = asked.filter(({ waitId }) => !own.has(waitId));
    const elsewhere = await waitsAmong(
      db,
      db.knex,
      gone.map(({ waitId }) => waitId),
    );
    for (const one of gone) {
      const { waitId, timeoutAt, outcome } = one;
      const isTimedOut = timeoutAt !== undefined && now >= timeoutAt;
      // Somebody cleared, marked or cancelled its task.
      const isEnded = wasLeased && !isTimedOut && !elsewhere.has(waitId);
      this.end(waitId, isEnded && outcome === undefined);
      await this.storeLast(one);
    }
  }

  /**
   * What was taken and never begun here, because the answer of the store was
   * lost, is nobody's again: it would be kept ours for ever.
   */
  private async giveBack(own: ReadonlySet<string>): Promise<void> {
    const { db, scheduler } = this.ctx;
    const ids = [...own].filter(waitId => !this.running.has(waitId));
    if (ids.length > 0) await releaseTriggers(db, db.knex, scheduler, ids);
  }

  private end(waitId: string, killed: boolean): void {
    this.running.delete(waitId);
    for (const host of this.hosts) host.stop(waitId, { killed });
  }

  private async adopt(): Promise<void> {
    const { db } = this.ctx;
    const capacity = this.hosts.reduce((sum, host) => sum + host.capacity, 0);
    const isFull = () => this.isStopped || this.running.size >= capacity;
    if (isFull()) return;
    const now = await db.now();
    let free: FreeTrigger[] = [];
    do {
      // Behind those of environments that are not here: they stay free.
      free = await freeTriggers(db, db.knex, now, FREE_PAGE, free.at(-1));
      for (const row of free) {
        if (isFull()) return;
        if (this.running.has(row.wait_id!)) {
          // Time went by since it was renewed. It runs, and knows its token.
          this.renewAt = 0;
          this.again = true;
        } else {
          await this.take(row);
        }
      }
    } while (free.length === FREE_PAGE);
  }

  private async take(row: FreeTrigger): Promise<void> {
    const { db, inputs, logger, scheduler } = this.ctx;
    const url = this.ctx.taskApiUrl();
    const facts = JSON.parse(row.trigger) as TriggerFacts;
    const { environment } = facts;
    const host = this.hosts.find(one => one.has(environment));
    if (!host || url === undefined) return;
    const { token, hash } = this.ctx.newToken();
    const now = await db.now();
    const isOurs = await takeTrigger(db, db.knex, row.wait_id!, {
      host: scheduler,
      now,
      until: now + LEASE_MS,
      tokenHash: hash,
    });
    if (!isOurs) return;
    const sealed = await triggerArguments(db, db.knex, row.wait_id!);
    // Its wait ended meanwhile.
    if (sealed === undefined) return;
    if (this.running.size === 0) {
      this.leasedUntil = now + LEASE_MS;
      this.renewAt = now + RENEW_MS;
    }
    const running: Running = {
      runId: num(row.run_id),
      taskNo: row.task_no,
      mapIndex: row.map_index,
      waitId: row.wait_id!,
      attemptId: row.attempt_id!,
      environment,
      token,
      timeoutAt: optionalNum(row.trigger_timeout_at),
      lines: [],
      logBytes: 0,
    };
    this.running.set(running.waitId, running);
    let kwargs: DeferralArguments;
    try {
      const place = {
        table: 'waits',
        id: running.waitId,
        field: 'next_kwargs',
      } as const;
      kwargs = JSON.parse(inputs.open(place, sealed));
    } catch (error) {
      logger.warn(`A trigger cannot be started: ${error}`);
      this.fired(running.waitId, {
        is: 'failed',
        traceback: [(error as Error).message],
      });
      return;
    }
    if (this.troubles.has(environment)) this.untold = true;
    host.start({
      id: running.waitId,
      environment,
      classpath: facts.classpath,
      kwargs: kwargs.trigger,
      api: { url: `${url}/execution/`, token },
      task: {
        attemptId: running.attemptId,
        dagId: facts.dagId,
        taskId: facts.taskId,
        runKey: facts.runKey,
        tryNumber: facts.tryNumber,
        mapIndex: running.mapIndex,
      },
    });
  }

  private fired(waitId: string, outcome: TriggerOutcome): void {
    const one = this.running.get(waitId);
    if (!one || one.outcome) return;
    one.outcome = outcome;
    one.firedAt = this.ctx.clock.elapsed();
    this.soon();
  }

  private wrote(waitId: string, line: string): void {
    const one = this.running.get(waitId);
    if (!one || one.logBytes > MAX_LOG_BYTES) return;
    one.logBytes += Buffer.byteLength(line) + 1;
    const isFull =
      one.logBytes > MAX_LOG_BYTES || one.lines.length >= MAX_WAITING_LINES;
    one.lines.push(
      isFull ? '[maestro] The trigger writes more than is kept of it.' : line,
    );
    if (isFull) one.logBytes = MAX_LOG_BYTES + 1;
  }

  /** Stores what it wrote and, when it has fired, lets its task go on. */
  private async advance(one: Running): Promise<void> {
    const { clock, logger } = this.ctx;
    try {
      const isOpen = await this.storeLines(one);
      if (!one.outcome) return;
      if (isOpen && clock.elapsed() - one.firedAt! < LOG_PATIENCE_MS) {
        // Its task would go on while what it wrote before is on its way.
        clock.after(50, () => this.soon());
        return;
      }
      if (isOpen) {
        await this.leaveOut(one, 'what the task wrote before did not come');
      }
      const { outcome, token } = one;
      await this.runs.change(one.runId, draft =>
        applyTrigger(draft, one, outcome, [token]),
      );
      this.running.delete(one.waitId);
      await this.storeLast(one);
    } catch (error) {
      if ((error as Error).name === 'NotFoundError') {
        this.end(one.waitId, false);
        return;
      }
      logger.warn(
        `What a trigger of run ${one.runId} says is taken in later: ${error}`,
      );
    }
  }

  /** @returns whether there is something that cannot be stored yet */
  private async storeLines(one: Running): Promise<boolean> {
    if (one.lines.length === 0) return false;
    const { db, inputs } = this.ctx;
    const lines = one.lines.slice();
    let written: Awaited<ReturnType<typeof writeTriggerLog>>;
    try {
      written = await writeTriggerLog(
        { db, openMasks: (id, sealed) => inputs.openMasks(id, sealed) },
        one.attemptId,
        lines,
        [one.token],
      );
    } catch (error) {
      if ((error as Error).name !== 'InputError') throw error;
      await this.leaveOut(one, 'what must be hidden in them is not known');
      return false;
    }
    if (written === 'not_yet') return true;
    if (written === 'closed') {
      await this.leaveOut(one, 'its log was closed before they came');
      return false;
    }
    one.lines.splice(0, lines.length);
    return one.lines.length > 0;
  }

  /**
   * It does not run here any more, and nothing comes after it: whoever runs it
   * next writes behind what it wrote here.
   */
  private async storeLast(one: Running): Promise<void> {
    try {
      if (!(await this.storeLines(one))) return;
      await this.leaveOut(
        one,
        'what the task wrote had not come when it ended here',
      );
    } catch (error) {
      this.ctx.logger.warn(
        `Lines of a trigger of run ${one.runId} are lost: ${error}`,
      );
    }
  }

  /** Lines that cannot be stored: whoever reads the log is told. */
  private async leaveOut(one: Running, why: string): Promise<void> {
    const { length } = one.lines;
    await noteLostLines(
      this.ctx.db,
      one.attemptId,
      `Lines of its trigger (${length}) could not be stored: ${why}`,
    );
    one.lines.splice(0, length);
  }

  /** Who asks why a task waits is told that its trigger does not run. */
  private async tell(): Promise<void> {
    const { db, scheduler } = this.ctx;
    this.untold = false;
    const byEnvironment = new Map<string, string[]>();
    for (const { environment, waitId } of this.running.values()) {
      const ids = byEnvironment.get(environment) ?? [];
      ids.push(waitId);
      byEnvironment.set(environment, ids);
    }
    for (const [environment, ids] of byEnvironment) {
      const trouble = this.troubles.get(environment) ?? null;
      await tellTriggers(db, db.knex, scheduler, ids, trouble);
    }
  }
}
