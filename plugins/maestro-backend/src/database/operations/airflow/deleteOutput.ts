import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import { throwAwayBlobs } from '../outputs/deleteOutputs';

/** Deletes one output of a task instance, if it is there. */
export async function deleteOutput(
  db: MaestroDatabase,
  tx: Tx,
  of: { runId: number; taskId: string; mapIndex: number; key: string },
): Promise<void> {
  await throwAwayBlobs(
    db,
    tx,
    { runId: of.runId, taskIds: [of.taskId], mapIndices: [of.mapIndex] },
    new Set([of.key]),
  );
  await db
    .table(tx, 'outputs')
    .where({
      run_id: of.runId,
      task_id: of.taskId,
      map_index: of.mapIndex,
      key: of.key,
    })
    .delete();
}
