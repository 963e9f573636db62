import { ConflictError, NotFoundError } from '@backstage/errors';
import { num } from '../conversion';
import type { MaestroDatabase, Tx } from '../MaestroDatabase';
import type { RunRow } from '../tables';

/** Something that happened to a run, before it has a number. */
export interface NewEvent {
  type: string;
  actor?: string;
  attemptId?: string;
  body: Record<string, unknown>;
}

/**
 * The run lock: whoever changes a task instance, an attempt, an output or an
 * event of a run holds its row first. Without it, two upstreams that finish
 * together each see the other one running, and their join never starts.
 *
 * Several runs are locked by ascending id.
 */
export async function lockRun(
  db: MaestroDatabase,
  tx: Tx,
  id: number,
): Promise<RunRow> {
  const { runs } = await lockRuns(db, tx, [id]);
  return runs[0];
}

/**
 * Locks several runs.
 *
 * @returns them by ascending id, and the time by the clock of the database,
 * read behind the locks
 * @throws NotFoundError when one is gone
 */
export async function lockRuns(
  db: MaestroDatabase,
  tx: Tx,
  ids: readonly number[],
): Promise<{ runs: RunRow[]; now: number }> {
  const { rows, now } = await db.lockRows(tx, 'runs', ids);
  const byId = new Map(rows.map(row => [num(row.id), row]));
  const runs = [...new Set(ids)]
    .sort((a, b) => a - b)
    .map(id => {
      const run = byId.get(id);
      if (run) return run;
      throw new NotFoundError(`Run ${id} does not exist; was it deleted?`);
    });
  return { runs, now };
}

/**
 * Ends a change of a locked run: stores the changed columns and the events,
 * and raises `revision` by one. Called once in a transaction, last.
 */
export async function commitRun(
  db: MaestroDatabase,
  tx: Tx,
  run: RunRow,
  change: {
    now: number;
    columns?: Partial<RunRow>;
    events: readonly NewEvent[];
  },
): Promise<void> {
  const seq = num(run.event_seq);
  const revision = num(run.revision);
  const changed = await db
    .table(tx, 'runs')
    .where({ id: run.id, revision })
    .update({
      ...change.columns,
      revision: revision + 1,
      event_seq: seq + change.events.length,
    });
  if (changed !== 1) {
    throw new ConflictError(
      `Run ${run.run_id} was changed by somebody who did not hold its lock (revision ${revision})`,
    );
  }
  const rows = change.events.map((event, i) => ({
    run_id: run.id,
    seq: seq + i + 1,
    at: change.now,
    type: event.type,
    actor: event.actor ?? null,
    attempt_id: event.attemptId ?? null,
    body: JSON.stringify(event.body),
  }));
  // SQLite takes at most 500 rows of a compound insert.
  for (let i = 0; i < rows.length; i += 400) {
    await db.table(tx, 'events').insert(rows.slice(i, i + 400));
  }
}
