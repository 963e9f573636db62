import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { ArtifactRow } from '../../tables';

/** Reports of a run other than the one with this place and name. */
export async function countOtherArtifacts(
  _db: MaestroDatabase,
  tx: Tx,
  key: Pick<ArtifactRow, 'run_id' | 'task_no' | 'map_index' | 'name'>,
): Promise<number> {
  const [row] = await tx('artifacts')
    .where({ run_id: key.run_id })
    .andWhereNot(q =>
      q.where({
        task_no: key.task_no,
        map_index: key.map_index,
        name: key.name,
      }),
    )
    .count({ count: '*' });
  return Number(row.count);
}
