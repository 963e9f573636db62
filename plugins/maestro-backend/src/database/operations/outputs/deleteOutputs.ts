import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import { throwAway } from '../retention/throwAway';

/** Names in one statement. */
const NAMES = 400;

/** Whose outputs. */
export interface OutputsOf {
  runId: number;
  taskIds: readonly string[];
  /** Absent means all instances of the tasks. */
  mapIndices?: readonly number[];
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
  for (const some of parts(of)) {
    const rows = await outputs(db, tx, some)
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

/**
 * Deletes outputs, and writes down the objects of the large ones as garbage.
 *
 * @param keys - only of these, at most a few hundred; absent means all
 */
export async function deleteOutputs(
  db: MaestroDatabase,
  tx: Tx,
  of: OutputsOf,
  keys?: ReadonlySet<string>,
): Promise<void> {
  await throwAwayBlobs(db, tx, of, keys);
  for (const some of parts(of)) {
    const query = outputs(db, tx, some);
    if (keys) query.whereIn('key', [...keys]);
    await query.delete();
  }
}

/** As many names and indices as one statement takes. */
function* parts(of: OutputsOf): Generator<OutputsOf> {
  const { taskIds, mapIndices } = of;
  for (let i = 0; i < taskIds.length; i += NAMES) {
    const some = { ...of, taskIds: taskIds.slice(i, i + NAMES) };
    if (!mapIndices) yield some;
    for (let j = 0; mapIndices && j < mapIndices.length; j += NAMES) {
      yield { ...some, mapIndices: mapIndices.slice(j, j + NAMES) };
    }
  }
}

function outputs(db: MaestroDatabase, tx: Tx, of: OutputsOf) {
  const query = db
    .table(tx, 'outputs')
    .where({ run_id: of.runId })
    .whereIn('task_id', [...of.taskIds]);
  if (of.mapIndices?.length === 1) {
    query.where({ map_index: of.mapIndices[0] });
  } else if (of.mapIndices) {
    query.whereIn('map_index', [...of.mapIndices]);
  }
  return query;
}
