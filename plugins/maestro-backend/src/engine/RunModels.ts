import type { AttemptRow } from '../database/tables';
import type { Slots } from './Slots';

/** What is kept of a run. */
export interface RunModel {
  /** Copied by whoever changes it. */
  readonly slots: Slots;
  /**
   * Live attempts by id; those that a change of this process has seen. Of the
   * columns, those of the log are its collector's and may be behind.
   */
  readonly attempts: ReadonlyMap<string, AttemptRow>;
}

/**
 * Task instances and live attempts of the runs that were changed lately, so
 * that a step does not read them again. An entry is right exactly as long as
 * the run has the revision it was kept with: every transaction that changes a
 * run raises it, and it is compared under the run lock.
 */
export class RunModels {
  private readonly entries = new Map<
    number,
    { revision: number; model: RunModel }
  >();

  private kept = 0;

  /** @param capacity - task instances kept in all, not runs */
  constructor(private readonly capacity = 50_000) {}

  get(runId: number, revision: number): RunModel | undefined {
    const entry = this.entries.get(runId);
    return entry?.revision === revision ? entry.model : undefined;
  }

  put(runId: number, revision: number, model: RunModel): void {
    // Deleted first, so that the map's order is that of last use.
    this.forget(runId);
    this.entries.set(runId, { revision, model });
    this.kept += model.slots.length;
    for (const id of this.entries.keys()) {
      if (this.kept <= this.capacity || id === runId) break;
      this.forget(id);
    }
  }

  forget(runId: number): void {
    const entry = this.entries.get(runId);
    if (!entry) return;
    this.entries.delete(runId);
    this.kept -= entry.model.slots.length;
  }
}
