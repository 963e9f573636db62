import { num } from '../database/conversion';
import type { Tx } from '../database/MaestroDatabase';
import { retryConflicts } from '../database/retryConflicts';
import { followInstances } from './mapping';
import { storeAssetEvents } from './produceAssets';
import { RunDraft } from './RunDraft';
import { type RunModel, RunModels } from './RunModels';
import { sharesTransactions } from './TransactionFacts';
import { followQueuedTimeouts } from './queuedTimeout';
import { settle } from './settle';
import type { EngineContext } from './types';

/** What a change did, for those who act after the commit. */
export interface CommittedChange {
  draft: RunDraft;
  revision: number;
  /** The run reached a final state in this change. */
  finished: boolean;
}

/**
 * The one door through which a run changes: lock, decide, write, commit, and
 * only then act on the world.
 */
export class RunChanges {
  private readonly models = new RunModels();

  constructor(
    private readonly ctx: EngineContext,
    private readonly afterCommit: (change: CommittedChange) => void,
  ) {}

  /**
   * Runs `fn` on the locked run, then decides everything that follows from it.
   *
   * @returns undefined when nothing changed
   * @throws NotFoundError when the run is gone
   */
  async change(
    runId: number,
    fn: (draft: RunDraft) => Promise<void> | void,
  ): Promise<CommittedChange | undefined> {
    const [change] = await this.trying([runId], async tx => [
      await this.decide(
        await RunDraft.open(this.ctx, this.models, tx, runId),
        fn,
      ),
    ]);
    return change;
  }

  /** The run as it is, locked for the rest of the transaction; for previews. */
  async read(tx: Tx, runId: number): Promise<RunDraft> {
    return RunDraft.open(this.ctx, this.models, tx, runId);
  }

  /**
   * Changes several runs in one transaction: all, or none when one throws.
   *
   * @param lock - what is locked for all of them, behind their own locks
   * @returns ids of the runs that were left out: those that are only changed
   * alone, because of what they lock ({@link sharesTransactions})
   */
  async changeTogether(
    runIds: readonly number[],
    fn: (draft: RunDraft) => Promise<void> | void,
    lock: (drafts: readonly RunDraft[]) => Promise<void> = async () => {},
  ): Promise<number[]> {
    const alone: number[] = [];
    await this.trying(runIds, async tx => {
      alone.length = 0;
      const drafts = await RunDraft.openAll(this.ctx, this.models, tx, runIds);
      const together = drafts.filter(draft => {
        const may = sharesTransactions(draft);
        if (!may) alone.push(draft.id);
        return may;
      });
      await lock(together);
      const changes: DraftChange[] = [];
      for (const draft of together) changes.push(await this.decide(draft, fn));
      return changes;
    });
    const together = runIds.length - alone.length;
    if (together > 1) {
      this.ctx.logger.debug(`${together} runs were changed together`);
    }
    return alone;
  }

  private async trying(
    runIds: readonly number[],
    decide: (tx: Tx) => Promise<DraftChange[]>,
  ): Promise<Array<CommittedChange | undefined>> {
    const changes = await retryConflicts(async () => {
      try {
        return await this.ctx.db.transaction(decide);
      } catch (error) {
        runIds.forEach(id => this.models.forget(id));
        throw error;
      }
    });
    return changes.map(change => this.committed(change));
  }

  /** Decides everything that follows from `fn`, and writes it. */
  private async decide(
    draft: RunDraft,
    fn: (draft: RunDraft) => Promise<void> | void,
  ): Promise<DraftChange> {
    const stateBefore = draft.run.state;
    await fn(draft);
    followInstances(draft);
    // Limits are counted in the database.
    await draft.flushAttempts();
    // Assets are locked before the limits of a claim, as by who looks at one.
    await storeAssetEvents(draft);
    await settle(draft);
    await followQueuedTimeouts(draft);
    if (!draft.isDirty) return { draft };
    const written = await draft.write();
    const { state } = draft.run;
    const finished =
      state !== stateBefore && (state === 'success' || state === 'failed');
    return { draft, written: { ...written, finished } };
  }

  /** What follows from the commit. */
  private committed({
    draft,
    written,
  }: DraftChange): CommittedChange | undefined {
    if (!written) {
      // A look that found nothing new, or is about to begin: nobody is told,
      // but what it asks for is done.
      if (draft.looks.length > 0 || draft.setsTimers) {
        const revision = num(draft.run.revision);
        this.afterCommit({ draft, revision, finished: false });
      }
      return undefined;
    }
    const { revision, model, finished } = written;
    this.models.put(draft.id, revision, model);
    const change = { draft, revision, finished };
    this.ctx.publish({
      runId: draft.run.run_id,
      pipeline: draft.definition.name,
      revision,
    });
    this.afterCommit(change);
    return change;
  }
}

/** A decided draft; `written` is missing when nothing changed. */
interface DraftChange {
  draft: RunDraft;
  written?: { revision: number; model: RunModel; finished: boolean };
}
