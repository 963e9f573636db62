import type { TaskInstanceRow } from '../database/tables';

/**
 * Task instances of the runs that were changed lately, so that a step does not
 * read them again. An entry is right exactly as long as the run has the
 * revision it was kept with: every transaction that changes a run raises it,
 * and it is compared under the run lock.
 */
export class RunModels {
  private readonly entries = new Map<
    number,
    { revision: number; instances: readonly TaskInstanceRow[] }
  >();

  private kept = 0;

  /** @param capacity - task instances kept in all, not runs */
  constructor(private readonly capacity = 50_000) {}

  get(runId: number, revision: number): readonly TaskInstanceRow[] | undefined {
    const entry = this.entries.get(runId);
    return entry?.revision === revision ? entry.instances : undefined;
  }

  put(
    runId: number,
    revision: number,
    instances: readonly TaskInstanceRow[],
  ): void {
    // Deleted first, so that the map's order is that of last use.
    this.forget(runId);
    this.entries.set(runId, { revision, instances });
    this.kept += instances.length;
    for (const id of this.entries.keys()) {
      if (this.kept <= this.capacity || id === runId) break;
      this.forget(id);
    }
  }

  forget(runId: number): void {
    const entry = this.entries.get(runId);
    if (!entry) return;
    this.entries.delete(runId);
    this.kept -= entry.instances.length;
  }
}
