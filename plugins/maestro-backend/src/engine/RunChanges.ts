import { num } from '../database/conversion';
import type { Tx } from '../database/MaestroDatabase';
import { retryConflicts } from '../database/retryConflicts';
import { followInstances } from './mapping';
import { storeAssetEvents } from './produceAssets';
import { RunDraft } from './RunDraft';
import { RunModels } from './RunModels';
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
    return retryConflicts(async () => {
      try {
        return await this.attempt(runId, fn);
      } catch (error) {
        this.models.forget(runId);
        throw error;
      }
    });
  }

  /** The run as it is, locked for the rest of the transaction; for previews. */
  async read(tx: Tx, runId: number): Promise<RunDraft> {
    return RunDraft.open(this.ctx, this.models, tx, runId);
  }

  private async attempt(
    runId: number,
    fn: (draft: RunDraft) => Promise<void> | void,
  ): Promise<CommittedChange | undefined> {
    let unchanged: RunDraft | undefined;
    const committed = await this.ctx.db.transaction(async tx => {
      const draft = await RunDraft.open(this.ctx, this.models, tx, runId);
      const stateBefore = draft.run.state;
      await fn(draft);
      followInstances(draft);
      // Limits are counted in the database.
      await draft.flushAttempts();
      // Assets are locked before the limits of a claim, as by who looks at one.
      await storeAssetEvents(draft);
      await settle(draft);
      await followQueuedTimeouts(draft);
      if (!draft.isDirty) {
        unchanged = draft;
        return undefined;
      }
      const written = await draft.write();
      const state = draft.run.state;
      return {
        draft,
        written,
        finished:
          state !== stateBefore && (state === 'success' || state === 'failed'),
      };
    });
    if (!committed) {
      // A look that found nothing new, or is about to begin: nobody is told,
      // but what it asks for is done.
      if (unchanged && (unchanged.looks.length > 0 || unchanged.setsTimers)) {
        const revision = num(unchanged.run.revision);
        this.afterCommit({ draft: unchanged, revision, finished: false });
      }
      return undefined;
    }
    const { draft, written, finished } = committed;
    this.models.put(runId, written.revision, written.model);
    const change = { draft, revision: written.revision, finished };
    this.ctx.publish({
      runId: draft.run.run_id,
      pipeline: draft.definition.name,
      revision: written.revision,
    });
    this.afterCommit(change);
    return change;
  }
}
