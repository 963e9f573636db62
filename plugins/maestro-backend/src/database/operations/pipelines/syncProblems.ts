import type { PipelineProblem } from '@maestro/plugin-maestro-common';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { PipelineProblemRow } from '../../tables';

/** `seen_at` need not be exact: a row that says the same stays untouched. */
const SEEN_EVERY_MS = 5 * 60_000;

/** A pipeline that is invalid now. */
export interface FoundProblems {
  entityRef: string;
  name: string;
  location?: string;
  problems: PipelineProblem[];
}

/**
 * Makes the stored problems those that were found: new ones are added, changed
 * ones replaced (their `since` stays), and what is over goes.
 */
export async function syncProblems(
  db: MaestroDatabase,
  tx: Tx,
  sync: {
    found: readonly FoundProblems[];
    /** Whether a stored one that was not found is over. */
    isOver(row: PipelineProblemRow): boolean;
    now: number;
  },
): Promise<void> {
  const { now } = sync;
  const stored = (await db
    .table(tx, 'pipeline_problems')
    .select('*')) as PipelineProblemRow[];
  const known = new Map(stored.map(row => [row.entity_ref, row]));
  for (const { entityRef, name, location, problems } of sync.found) {
    const row = known.get(entityRef);
    const columns = {
      name,
      location: location ?? null,
      problems: JSON.stringify(problems),
      seen_at: now,
    };
    known.delete(entityRef);
    if (!row) {
      await db
        .table(tx, 'pipeline_problems')
        .insert({ entity_ref: entityRef, since: now, ...columns })
        .onConflict('entity_ref')
        .merge(['name', 'location', 'problems', 'seen_at']);
    } else if (
      row.problems !== columns.problems ||
      row.location !== columns.location ||
      now - num(row.seen_at) >= SEEN_EVERY_MS
    ) {
      await db
        .table(tx, 'pipeline_problems')
        .where({ entity_ref: entityRef })
        .update(columns);
    }
  }
  const over = [...known.values()].filter(row => sync.isOver(row));
  for (let i = 0; i < over.length; i += 400) {
    await db
      .table(tx, 'pipeline_problems')
      .whereIn(
        'entity_ref',
        over.slice(i, i + 400).map(row => row.entity_ref),
      )
      .delete();
  }
}
