import { num } from '../database/conversion';
import { applyObservation } from './outcome';
import type { CancelTimer } from './ProcessClock';
import { refuseLaunch } from './refusedLaunch';
import type { RunChanges } from './RunChanges';
import type { RunDraft } from './RunDraft';
import type { EngineContext, Observation } from './types';

/** Transactions at the same time; SQLite has one writer anyway. */
const PARALLEL_BATCHES = 4;
/** Runs changed in one transaction when more wait than that. */
const RUNS_TOGETHER = 8;
const RETRY_MS = 1_000;
/**
 * How long a mere start waits for company, in milliseconds. What ends within
 * this time needs one transaction instead of two (half the work of a chain of
 * short tasks), and nobody sees the difference.
 */
const START_WAITS_MS = 20;

/** What was seen of a run, by attempt. */
type Batch = Map<string, Observation>;

async function applyBatch(draft: RunDraft, batch: Batch): Promise<void> {
  for (const observation of batch.values()) {
    if (observation.phase === 'refused') {
      await refuseLaunch(draft, observation);
    } else {
      await applyObservation(draft, observation);
    }
  }
}

/**
 * Observations on their way into the database: gathered by run, applied as a
 * batch in one transaction, one batch of a run at a time. What cannot be
 * applied (the database is away) stays here and is tried again; what is lost
 * with the process comes back with the next listing.
 */
export class ObservationQueue {
  private readonly runOf = new Map<string, number>();
  private readonly waiting = new Map<number, Batch>();
  /** Runs of which only starts were seen, and the timers that apply them. */
  private readonly starting = new Map<number, CancelTimer>();
  private readonly busy = new Map<number, Promise<void>>();
  private readonly lookups = new Set<Promise<void>>();
  private readonly retryTimers = new Set<CancelTimer>();
  /** Transactions under way. */
  private batches = 0;
  private stopped = false;

  constructor(
    private readonly ctx: EngineContext,
    private readonly runs: RunChanges,
  ) {}

  /** Says to which run an attempt belongs, which saves a look-up. */
  expect(attemptId: string, runId: number): void {
    this.runOf.set(attemptId, runId);
  }

  /** It ended by other means: nothing is expected of it any more. */
  forget(attemptId: string): void {
    this.runOf.delete(attemptId);
  }

  add(observation: Observation): void {
    if (this.isTooLate(observation)) return;
    const runId = this.runOf.get(observation.attemptId);
    if (runId !== undefined) {
      this.enqueue(runId, observation);
      return;
    }
    const lookup = this.lookUp(observation).finally(() =>
      this.lookups.delete(lookup),
    );
    this.lookups.add(lookup);
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    for (;;) {
      // Again each time: what was looked up may be a start.
      [...this.starting.keys()].forEach(runId => this.drain(runId));
      if (this.busy.size + this.lookups.size === 0) return;
      await Promise.all([...this.busy.values(), ...this.lookups]);
    }
  }

  /**
   * Takes nothing more but what becomes of launches under way, which no listing
   * tells; resolves when what is being applied is over.
   */
  async stop(): Promise<void> {
    this.stopped = true;
    this.retryTimers.forEach(cancel => cancel());
    for (const [runId, batch] of this.waiting) {
      for (const [attemptId, observation] of batch) {
        if (this.isTooLate(observation)) batch.delete(attemptId);
      }
      if (batch.size > 0) continue;
      this.stopWaiting(runId);
      this.waiting.delete(runId);
    }
    await this.idle();
  }

  private isTooLate(observation: Observation): boolean {
    if (!this.stopped || observation.phase === 'refused') return false;
    return !('ofLaunch' in observation && observation.ofLaunch);
  }

  private async lookUp(observation: Observation): Promise<void> {
    const { db, logger } = this.ctx;
    try {
      const row = await db
        .table(db.knex, 'attempts')
        .where({ attempt_id: observation.attemptId })
        .first('run_id', 'state');
      // Unknown ones are the reconciler's: it sees the whole listing.
      if (!row || row.state === 'ended') return;
      const runId = num(row.run_id);
      this.runOf.set(observation.attemptId, runId);
      this.enqueue(runId, observation);
    } catch (error) {
      logger.warn(
        `Observation of attempt ${observation.attemptId} waits for the next listing: ${error}`,
      );
    }
  }

  private enqueue(runId: number, observation: Observation): void {
    // Looked up when it was stopped: the next process sees it in its listing.
    if (this.isTooLate(observation)) return;
    const batch = this.waiting.get(runId) ?? new Map<string, Observation>();
    // The end says all that the start said.
    if (batch.get(observation.attemptId)?.phase !== 'ended') {
      batch.set(observation.attemptId, observation);
    }
    this.waiting.set(runId, batch);
    if (observation.phase === 'ended') {
      this.drain(runId);
    } else if (batch.size === 1 && !this.starting.has(runId)) {
      const cancel = this.ctx.clock.after(START_WAITS_MS, () =>
        this.drain(runId),
      );
      this.starting.set(runId, cancel);
    }
  }

  /** @param runId - what it waits with is to be applied now */
  private drain(runId?: number): void {
    if (runId !== undefined) this.stopWaiting(runId);
    const open = [...this.waiting.keys()].filter(
      id => !this.busy.has(id) && !this.starting.has(id),
    );
    const places = PARALLEL_BATCHES - this.batches;
    if (open.length === 0 || places <= 0) return;
    // One run each while there are places; where many wait, several share one.
    const each = Math.min(RUNS_TOGETHER, Math.ceil(open.length / places));
    for (let i = 0; i < open.length && i / each < places; i += each) {
      this.applyRuns(open.slice(i, i + each));
    }
  }

  private applyRuns(ids: readonly number[]): void {
    const batches = new Map(ids.map(id => [id, this.waiting.get(id)!]));
    ids.forEach(id => this.waiting.delete(id));
    this.batches += 1;
    const work = this.applyAll(batches).finally(() => {
      this.batches -= 1;
      ids.forEach(id => this.busy.delete(id));
      this.drain();
    });
    ids.forEach(id => this.busy.set(id, work));
  }

  /** Runs that cannot be changed together are changed one by one. */
  private async applyAll(batches: ReadonlyMap<number, Batch>): Promise<void> {
    let alone = [...batches.keys()];
    if (alone.length > 1) {
      try {
        alone = await this.runs.changeTogether(alone, draft =>
          applyBatch(draft, batches.get(draft.id)!),
        );
        for (const [id, batch] of batches) {
          if (!alone.includes(id)) this.forgetEnded(batch);
        }
      } catch (error) {
        // One of them may be gone; which one is told below.
        this.ctx.logger.debug(
          `Observations of ${alone.length} runs are applied one by one: ${error}`,
        );
      }
    }
    for (const id of alone) await this.apply(id, batches.get(id)!);
  }

  private forgetEnded(batch: Batch): void {
    for (const [attemptId, observation] of batch) {
      if (observation.phase === 'ended') this.runOf.delete(attemptId);
    }
  }

  private stopWaiting(runId: number): void {
    this.starting.get(runId)?.();
    this.starting.delete(runId);
  }

  private async apply(runId: number, batch: Batch): Promise<void> {
    try {
      await this.runs.change(runId, draft => applyBatch(draft, batch));
      this.forgetEnded(batch);
    } catch (error) {
      if ((error as Error).name === 'NotFoundError') {
        batch.forEach((_, attemptId) => this.runOf.delete(attemptId));
        return;
      }
      this.ctx.logger.error(
        `Observations of run ${runId} are applied again in ${
          RETRY_MS / 1000
        } s: ${error}`,
      );
      this.keepForLater(runId, batch);
    }
  }

  private keepForLater(runId: number, batch: Batch): void {
    if (this.stopped) return;
    const cancel = this.ctx.clock.after(RETRY_MS, () => {
      this.retryTimers.delete(cancel);
      batch.forEach(observation => this.enqueue(runId, observation));
    });
    this.retryTimers.add(cancel);
  }
}
