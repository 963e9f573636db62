import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import type { RunRow } from '../database/tables';

/** What the runs changed in one transaction have in common. */
export class TransactionFacts {
  /** Pipelines whose rows are locked. */
  readonly pipelines = new Set<number>();
  /**
   * Free slots of the limits that runs of several pipelines stand before, by
   * key, under the locks of their rows; slots that are freed later in the
   * transaction are not in it.
   */
  readonly free = new Map<string, number>();
  /** Whether tasks of runs outside of this transaction are ready. */
  othersWait: boolean | undefined;

  /** @param isShared - whether several runs are changed */
  constructor(readonly isShared: boolean) {}
}

const mayShare = new WeakMap<PipelineDefinition, boolean>();

/**
 * Whether a run may be changed in one transaction with others: when what it
 * locks is itself, its pipeline, limits, and timers that are only taken under
 * its own lock. Of several runs the second one is decided when the first one
 * has locked limits already; so whatever others lock before the limits is not
 * for them: an asset, the result of a step, the timer of the run behind, that
 * of a backfill, that of a continuous schedule.
 */
export function sharesTransactions(draft: {
  run: Pick<RunRow, 'backfill_id'>;
  definition: PipelineDefinition;
}): boolean {
  const { definition, run } = draft;
  let may = mayShare.get(definition);
  if (may === undefined) {
    may =
      definition.tasks.every(
        task =>
          !task.dependsOnPast &&
          task.cache === undefined &&
          (task.produces ?? []).length === 0,
      ) && definition.schedules.every(({ continuous }) => !continuous);
    mayShare.set(definition, may);
  }
  return may && run.backfill_id === null;
}
