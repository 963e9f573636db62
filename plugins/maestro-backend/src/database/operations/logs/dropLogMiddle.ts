import type { MaestroDatabase, Tx } from '../../MaestroDatabase';

/** Deletes the chunks that lie wholly between two offsets. */
export async function dropLogMiddle(
  db: MaestroDatabase,
  tx: Tx,
  id: number,
  between: { from: number; to: number },
): Promise<void> {
  await db
    .table(tx, 'log_chunks')
    .where({ attempt: id })
    .andWhere('offset', '>=', between.from)
    .andWhereRaw('?? + ?? <= ?', ['offset', 'size', between.to])
    .delete();
}
