import {
  type StateCounts,
  emptyStateCounts,
} from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import type { ViewContext } from './ViewContext';

/**
 * How many instances of the mapped tasks of runs are in which state, by run
 * and task number: counted by the database, because a run may have 10,000.
 */
export async function mappedCounts(
  { db }: ViewContext,
  runIds: readonly number[],
): Promise<Map<number, Map<number, StateCounts>>> {
  const found = new Map<number, Map<number, StateCounts>>();
  if (runIds.length === 0) return found;
  const rows = await db
    .table(db.knex, 'task_instances')
    .whereIn('run_id', [...runIds])
    .where('map_index', '>=', 0)
    .groupBy('run_id', 'task_no', 'state')
    .select('run_id', 'task_no', 'state')
    .count({ n: '*' });
  for (const row of rows) {
    const { run_id, task_no: no, state, n } = row as typeof row & { n: number };
    const runId = num(run_id);
    const ofRun = found.get(runId) ?? new Map<number, StateCounts>();
    found.set(runId, ofRun);
    const counts = ofRun.get(no) ?? emptyStateCounts();
    ofRun.set(no, counts);
    counts[state] = num(n);
  }
  return found;
}

/** Without the states that none is in, and without what was removed. */
export function shownCounts(
  counts: Readonly<StateCounts>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts).filter(([state, n]) => n > 0 && state !== 'removed'),
  );
}
