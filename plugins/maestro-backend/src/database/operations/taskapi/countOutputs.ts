import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { OutputRow } from '../../tables';

/** Outputs of a task instance other than the one of this key. */
export async function countOtherOutputs(
  _db: MaestroDatabase,
  tx: Tx,
  of: Pick<OutputRow, 'run_id' | 'task_id' | 'map_index' | 'key'>,
): Promise<number> {
  const [row] = await tx('outputs')
    .where({
      run_id: of.run_id,
      task_id: of.task_id,
      map_index: of.map_index,
    })
    .andWhereNot({ key: of.key })
    .count({ count: '*' });
  return Number(row.count);
}
