import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import { throwAway } from '../retention/throwAway';

/** Names in one statement. */
const TASKS = 400;

/** Whose outputs. */
export interface OutputsOf {
  runId: number;
  taskIds: readonly string[];
  /** Absent means all instances of the tasks. */
  mapIndex?: number;
}

/**
 * Writes down the objects of large outputs as garbage. The rows stay: delete
 * or replace them in the same transaction.
 *
 * @param keys - only of these; absent means all
 */
export async function throwAwayBlobs(
  db: MaestroDatabase,
  tx: Tx,
  of: OutputsOf,
  keys?: ReadonlySet<string>,
): Promise<void> {
  for (let i = 0; i < of.taskIds.length; i += TASKS) {
    const rows = await outputs(db, tx, of, i)
      .whereNotNull('blob')
      .select('key', 'blob');
    await throwAway(
      db,
      tx,
      rows
        .filter(({ key }) => !keys || keys.has(key))
        .map(({ blob }) => blob as string),
    );
  }
}

/** Deletes outputs, and writes down the objects of the large ones as garbage. */
export async function deleteOutputs(
  db: MaestroDatabase,
  tx: Tx,
  of: OutputsOf,
): Promise<void> {
  await throwAwayBlobs(db, tx, of);
  for (let i = 0; i < of.taskIds.length; i += TASKS) {
    await outputs(db, tx, of, i).delete();
  }
}

function outputs(db: MaestroDatabase, tx: Tx, of: OutputsOf, from: number) {
  const query = db
    .table(tx, 'outputs')
    .where({ run_id: of.runId })
    .whereIn('task_id', of.taskIds.slice(from, from + TASKS) as string[]);
  if (of.mapIndex !== undefined) query.where({ map_index: of.mapIndex });
  return query;
}
